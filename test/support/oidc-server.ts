import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ClientMetadata, Configuration, default as Provider } from 'oidc-provider';
import { onTestFinished, vi } from 'vitest';

/** An API that takes the server's tokens, whichever they are. */
export const RESOURCE = 'https://api.acme.example';

/** A token request as the server received it. */
export interface OidcAsk {
  readonly authorization: string | undefined;
  readonly status: number;
}

export interface OidcServer {
  readonly origin: string;
  readonly asks: OidcAsk[];
  readonly provider: Provider;
}

type Client = Pick<ClientMetadata, 'client_id' | 'client_secret' | 'token_endpoint_auth_method'> &
  Partial<ClientMetadata>;

/**
 * A real authorization server that knows the client credentials grant, closed when the test ends.
 *
 * @param format of tokens for `RESOURCE`
 */
export async function oidcServer(clients: Client[], format: 'opaque' | 'jwt' = 'opaque'): Promise<OidcServer> {
  const asks: OidcAsk[] = [];
  let handle: (request: IncomingMessage, response: ServerResponse) => unknown = () => undefined;
  const server = createServer((request, response) => {
    response.once('finish', () => {
      if (request.url === '/token')
        asks.push({ authorization: request.headers.authorization, status: response.statusCode });
    });
    void handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const provider = await startProvider(origin, {
    clients: clients.map((client) => ({
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      ...client,
    })),
    scopes: ['read', 'write', 'admin'],
    features: {
      clientCredentials: { enabled: true },
      introspection: { enabled: true },
      devInteractions: { enabled: false },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: 'read write',
          audience: RESOURCE,
          accessTokenTTL: 120,
          accessTokenFormat: format,
        }),
      },
    },
    ttl: { ClientCredentials: (_, { resourceServer }) => resourceServer?.accessTokenTTL ?? 600 },
  });
  handle = provider.callback();
  return { origin, asks, provider };
}

/** Its warnings are for those who run it in production. */
async function startProvider(origin: string, configuration: Configuration): Promise<Provider> {
  const warnings = vi.spyOn(console, 'warn').mockReturnValue();
  const { default: Provider } = await import('oidc-provider');
  const provider = new Provider(origin, configuration);
  warnings.mockRestore();
  return provider;
}
