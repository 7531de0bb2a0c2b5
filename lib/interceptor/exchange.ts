import { isAuthApisError } from '../common/errors.js';
import type { Abortable } from '../common/light-abort.js';
import { pollutedPrototype } from '../common/polluted-prototype.js';
import { type AccessToken, factsOf } from '../token/access-token.js';
import type { TokenCache } from '../token/token-cache.js';

/** One authorized call, whatever carries it. */
export interface Exchange<Answer> {
  /** Hands the request to the transport with this token on it. */
  send(token: AccessToken): Promise<Answer>;
  /** Whether the answer says that our token is refused. */
  isRefused(answer: Answer): boolean;
  /** Whether anybody answered at all. */
  isAnswered(answer: Answer): boolean;
  /** Whether the same request can be sent again. */
  isRepeatable(): boolean;
  /** Nobody will read this answer. */
  discard(answer: Answer): void;
  /** Waits for as long as the caller has patience, and throws the caller's own error after that. */
  wait<T>(work: (signal: Abortable) => Promise<T>): Promise<T>;
}

/**
 * Sends a request with the token at hand; a 401 to our token is answered by one retry with another one. With a token
 * there the transport is reached in the same tick.
 */
export function authorizedExchange<Answer>(tokens: TokenCache, call: Exchange<Answer>): Promise<Answer> {
  const polluted = pollutedPrototype();
  if (polluted) return Promise.reject(polluted);
  const token = tokens.take();
  if (!token) return afterWaiting(tokens, call);
  return call.send(token).then((first) => afterFirst(tokens, call, token, first));
}

async function afterWaiting<Answer>(tokens: TokenCache, call: Exchange<Answer>): Promise<Answer> {
  const token = await call.wait((signal) => tokens.get({ signal }));
  return afterFirst(tokens, call, token, await guarded(call, token));
}

function afterFirst<Answer>(
  tokens: TokenCache,
  call: Exchange<Answer>,
  token: AccessToken,
  first: Answer,
): Answer | Promise<Answer> {
  if (call.isRefused(first)) return afterRefusal(tokens, call, token, first);
  if (factsOf(token).verification === 'unverified' && call.isAnswered(first)) tokens.replacement.answered(token);
  return first;
}

function guarded<Answer>(call: Exchange<Answer>, token: AccessToken): Promise<Answer> {
  const polluted = pollutedPrototype();
  return polluted ? Promise.reject(polluted) : call.send(token);
}

async function afterRefusal<Answer>(
  tokens: TokenCache,
  call: Exchange<Answer>,
  token: AccessToken,
  first: Answer,
): Promise<Answer> {
  if (!call.isRepeatable()) {
    tokens.replacement.discard(token);
    return first;
  }
  const second = await replay(tokens, call, token, first);
  // What another replica had got may be as old as the refused token, and dead with it: that was no new one yet.
  const isNoNewOne = second && factsOf(second.token).source === 'store' && call.isRefused(second.answer);
  const third = isNoNewOne ? await replay(tokens, call, second.token, second.answer) : undefined;
  return (third ?? second)?.answer ?? first;
}

interface Replayed<Answer> {
  readonly answer: Answer;
  readonly token: AccessToken;
}

async function replay<Answer>(
  tokens: TokenCache,
  call: Exchange<Answer>,
  refused: AccessToken,
  answer: Answer,
): Promise<Replayed<Answer> | undefined> {
  const token = await otherToken(tokens, call, refused).catch((error: unknown) => {
    call.discard(answer); // nobody will read it
    throw error;
  });
  if (!token) return undefined;
  call.discard(answer);
  const next = await guarded(call, token);
  if (call.isAnswered(next)) tokens.replacement.replayed(token, !call.isRefused(next));
  return { answer: next, token };
}

/** The caller's patience ending is the caller's error; no token to be had is not: the API's 401 says more. */
async function otherToken<Answer>(
  tokens: TokenCache,
  call: Exchange<Answer>,
  refused: AccessToken,
): Promise<AccessToken | undefined> {
  try {
    return await call.wait((signal) => tokens.replacement.after(refused, signal));
  } catch (error) {
    if (isAuthApisError(error)) return undefined;
    throw error;
  }
}
