import type { Clock } from '../common/clock.js';
import type { AccountLabel } from '../common/errors.js';
import { secretProblem } from '../common/secret.js';
import { attempt } from '../request/attempt.js';
import { attemptTimeoutError } from '../request/token-request.errors.js';
import type { TokenEndpoint, TokenExchange } from '../request/token-endpoint.js';

/** A vendor's answer with what came around it. @publicApi */
export interface WithHttpInfo<T> {
  readonly data: T;
  readonly status: number;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

export interface AuthenticationApiParts<Credentials, Params, Answer> {
  readonly label: AccountLabel;
  readonly endpoint: TokenEndpoint<Credentials, Params, Answer>;
  readonly clock: Clock;
  readonly attemptTimeoutMs: number;
}

/** One request to a token endpoint under the account's time limit: what both vendors' raw APIs are made of. */
export function requester<Credentials, Params, Answer>(parts: AuthenticationApiParts<Credentials, Params, Answer>) {
  const { label, endpoint, clock, attemptTimeoutMs } = parts;
  const timeoutError = (): Error => attemptTimeoutError(label, attemptTimeoutMs);
  return async (params: Params, given: Record<string, string> = {}): Promise<WithHttpInfo<Answer>> => {
    const work = (signal: AbortSignal): Promise<TokenExchange<Answer>> => endpoint.exchange(params, signal, given);
    const { answer, response } = await attempt(work, { clock, timeoutMs: attemptTimeoutMs, timeoutError }).outcome;
    return { data: answer, status: response.status, headers: response.headers };
  };
}

/** Parameters that go into a header or a credential, checked as those of the options are. */
export function headerProblems(params: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(params).flatMap(([name, value]) => {
    const problem = value === undefined ? undefined : secretProblem(value);
    return problem ? [`${name} ${problem}`] : [];
  });
}
