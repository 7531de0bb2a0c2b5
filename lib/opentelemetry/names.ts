/** Under which all instruments are made. */
export const SCOPE = 'nestjs-auth-apis';

/** Metrics; their units are the instruments', and no part of the names. */
export const METRIC = {
  requestDuration: 'auth_apis.token.request.duration',
  waitDuration: 'auth_apis.token.wait.duration',
  obtained: 'auth_apis.token.obtained',
  rejections: 'auth_apis.token.rejections',
  evictions: 'auth_apis.token.evictions',
  count: 'auth_apis.token.count',
  timeToExpiry: 'auth_apis.token.time_to_expiry',
  retries: 'auth_apis.call.retries',
  storeDuration: 'auth_apis.store.operation.duration',
  storeUp: 'auth_apis.store.up',
} as const;

export const SPAN = { request: 'auth_apis.token.request', wait: 'auth_apis.token.wait' } as const;

export const ATTRIBUTE = {
  api: 'auth_apis.api',
  account: 'auth_apis.account',
  source: 'auth_apis.token.source',
  health: 'auth_apis.token.health',
  reason: 'auth_apis.token.eviction.reason',
  accepted: 'auth_apis.call.retry.accepted',
  operation: 'auth_apis.store.operation.name',
  errorType: 'error.type',
  status: 'http.response.status_code',
} as const;
