export { AuthApisHealthIndicator } from './auth-apis.health.js';
export type { AuthApisHealthOptions } from './auth-apis.health.js';
export { AuthApisHealthModule } from './auth-apis-health.module.js';
export type { AccountHealthDetails, AuthApisHealthDetails } from './account-health.js';
