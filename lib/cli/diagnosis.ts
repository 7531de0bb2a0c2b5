import { type AuthApisError, isTokenEndpointError } from '../common/errors.js';
import type { NameOf } from './configuration.js';
import { type Explanation, networkTrouble } from './network-trouble.js';
import type { Overheard } from './overhearing.adapter.js';
import type { Probe } from './probe.js';
import { proxyVariable } from './proxy-variable.js';
import { refusalOf } from './refusal.js';
import type { World } from './world.js';

export type Outcome = 'accepted' | 'denied' | 'unavailable' | 'misconfigured';

/** Why an account has no token, in words of ours and the vendor's; none is secret. */
export interface Problem extends Explanation {
  readonly message: string;
  /** What the vendor asked to wait, milliseconds. */
  readonly retryAfterMs?: number;
}

/** Whether it may pass: what the app would try again is `unavailable`; what it would not, `denied`. */
export function outcomeOf({ error }: Probe): Outcome {
  if (!error) return 'accepted';
  if (!isTokenEndpointError(error)) return 'misconfigured';
  if (error.retryable) return 'unavailable';
  return error.vendorStatus === undefined ? 'misconfigured' : 'denied';
}

export function diagnose(probe: Probe, error: AuthApisError, nameOf: NameOf, env: World['env']): Problem {
  const { message } = error;
  const retryAfterMs = isTokenEndpointError(error) ? error.retryAfterMs : undefined;
  return { message, ...explain(probe, error, nameOf, env), ...(retryAfterMs !== undefined && { retryAfterMs }) };
}

function explain({ target, requests }: Probe, error: AuthApisError, nameOf: NameOf, env: World['env']): Explanation {
  const last = requests.at(-1);
  if (!isTokenEndpointError(error)) return CONFIGURATION;
  if (error.vendorStatus !== undefined && last) return refusalOf(toldOf(requests, error.vendorStatus), target, nameOf);
  if (error.cause) {
    const { code, message } = error.cause as { code?: string; message?: string };
    return withProxy(
      networkTrouble(message === CUT_SHORT ? 'ECONNRESET' : code),
      last?.url ?? target.site.tokenURLs[0]!,
      target,
      env,
    );
  }
  return error.retryable ? DEAD_TOKEN : CONFIGURATION;
}

/** How axios says that a connection was cut within an answer; its code is that of too long an answer as well. */
const CUT_SHORT = 'stream has been aborted';

/** Of several answers, the one that the error speaks of. */
const toldOf = (requests: readonly Overheard[], status: number): Overheard =>
  requests.findLast((each) => each.status === status)!;

const CONFIGURATION: Explanation = {
  kind: 'configuration',
  meaning: 'The account cannot be used as it is configured; the vendor was not asked.',
  remedy: 'Mend what the message names.',
};

const DEAD_TOKEN: Explanation = {
  kind: 'expired-token',
  meaning: 'The credentials were accepted, and the token that came has ended already.',
  remedy: 'The clocks of the vendor’s machines may differ, or it hands out an old token: ask again, then the vendor.',
};

/** Only the variable's name: a proxy's URL may hold a password. */
function withProxy(trouble: Explanation, url: string, { site }: Probe['target'], env: World['env']): Explanation {
  const isPlainHere = url.startsWith('http:') && !site.allowInsecure;
  if (isPlainHere || site.http.proxy === false) return trouble;
  const variable = site.http.proxy ? 'the account’s `http.proxy`' : proxyVariable(url, env);
  const isWayBlocked = ['dns', 'timeout', 'no-route'].includes(trouble.kind);
  if (!variable && !isWayBlocked) return trouble;
  const hint = variable
    ? `The way leads through the proxy of ${variable}: it may be the reason.`
    : 'Behind a company’s proxy, set HTTPS_PROXY.';
  return { ...trouble, remedy: `${trouble.remedy} ${hint}` };
}
