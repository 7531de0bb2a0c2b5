import type { Dispatcher } from 'undici';
import { ControlledSending } from './controlled-sending.js';
import { ElderSending } from './elder-sending.js';
import { isElder } from './handlers.js';
import type { Sending, SendingCall } from './sending.js';

/** In the language of the caller: to translate costs as much as all that is done here. */
export function sendingTo(call: SendingCall, settle: (sending: Sending) => void): Sending & Dispatcher.DispatchHandler {
  return isElder(call.handler) ? new ElderSending(call, settle) : new ControlledSending(call, settle);
}
