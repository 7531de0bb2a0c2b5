import type { AxiosRequestConfig } from 'axios';
import type { AuthClient } from '../clients/auth.client.js';
import { SparkflyAuthenticationApi } from '../clients/sparkfly-authentication.api.js';
import { SparkflyClient } from '../clients/sparkfly.client.js';
import { VerbitAuthenticationApi } from '../clients/verbit-authentication.api.js';
import { VerbitClient } from '../clients/verbit.client.js';
import type { AccountLabel } from '../common/errors.js';
import type {
  ResolvedAccount,
  ResolvedOptions,
  ResolvedSparkflyAccount,
  ResolvedVerbitAccount,
} from '../config/resolve-options.js';
import { authorizeInstance } from '../interceptor/authorize-instance.js';
import { nestAxios } from '../interceptor/axios-build.js';
import type { OutboundAccount } from '../interceptor/outbound-account.js';
import { ownAccount } from '../interceptor/outbound-account.js';
import { createHttpTokenSource } from '../request/http-token.source.js';
import { TokenEndpoint } from '../request/token-endpoint.js';
import type { ConnectionConfig } from '../request/token-transport.js';
import { createTokenTransport } from '../request/token-transport.js';
import { TokenCache } from '../token/token-cache.js';
import type { AuthApisEvent } from '../token/token-events.js';
import { TokenReplacement } from '../token/token-replacement.js';
import { sparkflyDefinition } from '../vendors/sparkfly.wire.js';
import type { TokenApiDefinition } from '../vendors/token-api.definition.js';
import { verbitContracts } from '../vendors/verbit.wire.js';

/** An account at work: its token, its client, and how outbound calls see it. */
export interface Account {
  readonly outbound: OutboundAccount;
  readonly client: AuthClient<unknown>;
}

/** What all accounts of an app share. */
export interface AccountSurroundings {
  readonly options: ResolvedOptions;
  readonly onEvent: (event: AuthApisEvent) => void;
  /** Told when a call through a client goes to an origin that gets no token. */
  readonly onForeign: (account: OutboundAccount, origin: string) => void;
  /** Another account of the same API, for `authApis: { account }`. */
  readonly sibling: (api: string, name: string) => OutboundAccount;
}

/** The flow, spelled once: credentials → token API → one request → one token kept fresh → the outbound call. */
export function createAccount(account: ResolvedAccount, surroundings: AccountSurroundings): Account {
  return account.api === 'verbit' ? verbitAccount(account, surroundings) : sparkflyAccount(account, surroundings);
}

function verbitAccount(account: ResolvedVerbitAccount, surroundings: AccountSurroundings): Account {
  const definition = verbitContracts[account.contract];
  const parts = assemble(account, definition, {}, {}, surroundings);
  const authentication = new VerbitAuthenticationApi(parts);
  return { outbound: parts.outbound, client: new VerbitClient({ ...parts, authentication }) };
}

function sparkflyAccount(account: ResolvedSparkflyAccount, surroundings: AccountSurroundings): Account {
  const definition = sparkflyDefinition(account.authMethod);
  const parts = assemble(account, definition, account.prefixes, account.params, surroundings);
  const authentication = new SparkflyAuthenticationApi(parts, account.params);
  return { outbound: parts.outbound, client: new SparkflyClient({ ...parts, authentication }) };
}

function assemble<Credentials, Params, Answer>(
  account: ResolvedAccount,
  definition: TokenApiDefinition<Credentials, Params, Answer>,
  plain: Partial<Credentials>,
  params: Params,
  { options, onEvent, onForeign, sibling }: AccountSurroundings,
) {
  const { clock, random, authTimeoutMs, attemptTimeoutMs, refresh: policy } = options;
  const label: AccountLabel = { api: account.api, account: account.name };
  const transport = createTokenTransport(nestAxios.getAdapter('http'), connectionOf(account.http));
  const endpoint = new TokenEndpoint({
    label,
    definition,
    secrets: account.secrets,
    plain,
    urls: account.endpoints.authURLs,
    transport,
    wallNow: () => clock.wallNow(),
  });
  const configuredLifetimeMs = account.tokenLifetimeMs;
  const source = createHttpTokenSource({ endpoint, definition, params, configuredLifetimeMs, clock });
  const tokens = new TokenCache(source, { label, clock, random, policy, authTimeoutMs, attemptTimeoutMs, onEvent });
  const outbound: OutboundAccount = {
    label,
    baseURL: account.endpoints.baseURL,
    authURLs: account.endpoints.authURLs.map((url) => new URL(url)).map(({ origin, pathname }) => origin + pathname),
    origins: account.origins,
    placement: definition.placement,
    tokens,
    replacement: new TokenReplacement(tokens, clock, random),
  };
  const instance = nestAxios.create({ ...account.http, baseURL: outbound.baseURL });
  const choose = ownAccount(outbound, (name) => sibling(account.api, name), onForeign);
  authorizeInstance(instance, { choose, clock, isUnauthorized: options.isUnauthorized });
  return { label, endpoint, clock, attemptTimeoutMs, tokens, outbound, instance };
}

/** What token requests take over from the account's `http`: how to reach the vendor, no more. */
function connectionOf(http: AxiosRequestConfig): ConnectionConfig {
  const { proxy, httpAgent, httpsAgent, lookup, family, socketPath, headers } = http;
  return { proxy, httpAgent, httpsAgent, lookup, family, socketPath, headers };
}
