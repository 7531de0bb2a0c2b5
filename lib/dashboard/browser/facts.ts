import type { AccountView } from '../dashboard-wire.js';
import { make } from './dom.js';
import { moment } from './moment.js';
import { relativeText } from './time.js';
import { withoutAccount } from './words.js';

/** Terms and what they say: trouble first, the counters last. */
export function factsOf(account: AccountView, now: number): HTMLElement[] {
  const { nextAttemptAt, failingSince, lastError, secret } = account;
  const isInTrouble = nextAttemptAt !== undefined || failingSince !== undefined;
  return [
    ...(lastError
      ? [fact(isInTrouble ? 'error' : 'error past', isInTrouble ? 'Error' : 'Last error', ...errorParts(account, now))]
      : []),
    ...(failingSince === undefined
      ? []
      : [fact('', 'Failing since', moment(failingSince, now), ', ', ago(failingSince, now))]),
    ...(nextAttemptAt === undefined ? [] : [fact('', 'Next attempt', ago(nextAttemptAt, now))]),
    ...(secret ? [fact('', 'Secret in use', `${secret} of two`)] : []),
    fact('counters', 'Since the start', countersText(account)),
  ];
}

function errorParts(account: AccountView, now: number): (Node | string)[] {
  const { at, message } = account.lastError!;
  return [make('q', '', withoutAccount(message, account)), ' ', make('span', 'when', moment(at, now))];
}

function countersText({ counters }: AccountView): string {
  const { tokenRequests, tokensObtained, tokenRequestFailures, tokensRejected, callsRetried } = counters;
  const parts = [
    plural(tokensObtained, 'token', 'tokens'),
    plural(tokenRequests, 'request', 'requests'),
    ...(tokenRequestFailures ? [`${tokenRequestFailures} failed`] : []),
    ...(tokensRejected ? [plural(tokensRejected, 'token thrown away', 'tokens thrown away')] : []),
    ...(callsRetried ? [plural(callsRetried, 'call repeated', 'calls repeated')] : []),
  ];
  return parts.join(' · ');
}

const plural = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

function ago(at: number, now: number): HTMLElement {
  const element = moment(at, now, relativeText(at, now));
  element.dataset['at'] = String(at);
  return element;
}

function fact(className: string, term: string, ...what: (Node | string)[]): HTMLElement {
  return make('div', className, make('dt', '', term), make('dd', '', ...what));
}
