/** What an account may say whatever its API is: no definition can give these names another meaning. */
export const ACCOUNT_OPTION_NAMES = [
  'name',
  'baseURL',
  'tokenURL',
  'allowedOrigins',
  'allowInsecure',
  'tokenLifetimeMs',
  'refresh',
  'isUnauthorized',
  'http',
  'accounts',
  'maxTokenRequestsPerMinute',
] as const;

export type AccountOptionName = (typeof ACCOUNT_OPTION_NAMES)[number];
