import { json, type Answer } from './answer.js';
import type { Call } from './call.js';

/** What arrived, sent back: for tests of retries, bodies and headers. */
export function echo({ method, path, query, headers, body }: Call): Answer {
  return json(200, { method, path, query, headers, body: body.toString('utf8'), bodyBase64: body.toString('base64') });
}
