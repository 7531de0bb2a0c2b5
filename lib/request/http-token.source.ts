import type { Clock } from '../common/clock.js';
import type { TokenApiDefinition } from '../vendors/token-api.definition.js';
import type { TokenEndpoint } from './token-endpoint.js';
import { tokenLifetimeMs } from './token-lifetime.js';
import type { TokenSource } from './token-source.js';

export interface HttpTokenSourceOptions<Credentials, Params, Answer> {
  readonly endpoint: TokenEndpoint<Credentials, Params, Answer>;
  readonly definition: TokenApiDefinition<Credentials, Params, Answer>;
  /** What every request of this token asks for; another scope, say, is another token and another source. */
  readonly params: Params;
  readonly configuredLifetimeMs?: number;
  readonly clock: Clock;
}

/** The token source that asks the vendor. */
export function createHttpTokenSource<Credentials, Params, Answer>({
  endpoint,
  definition,
  params,
  configuredLifetimeMs,
  clock,
}: HttpTokenSourceOptions<Credentials, Params, Answer>): TokenSource {
  return {
    async fetch(signal) {
      const exchange = endpoint.exchange(params, signal);
      clock.whileBusy?.(exchange);
      const { answer, response } = await exchange;
      const value = definition.token(answer);
      const lifetimeMs = tokenLifetimeMs(value, {
        documentedMs: definition.lifetimeMs,
        configuredMs: configuredLifetimeMs,
        responseDate: response.headers.date,
      });
      return { value, lifetimeMs };
    },
    ...(endpoint.hasDynamicSecrets && { credentialsChanged: (signal) => endpoint.secretsChanged(signal) }),
  };
}
