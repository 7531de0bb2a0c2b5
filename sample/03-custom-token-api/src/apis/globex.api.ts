// Globex speaks OAuth 2.0 with client credentials, as most vendors do: there is nothing left to define but addresses.
import type { AuthClientOf } from 'nestjs-auth-apis';
import { oauth2ClientCredentials } from 'nestjs-auth-apis';

export const globex = oauth2ClientCredentials({
  name: 'globex',
  baseURL: 'https://api.globex.example/v1',
  tokenURL: 'https://login.globex.example/oauth/token',
});

export type GlobexClient = AuthClientOf<typeof globex>;
