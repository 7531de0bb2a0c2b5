export { AuthApisDashboardModule } from './auth-apis-dashboard.module.js';
export type { AuthApisDashboardOptions, DashboardGuard } from './dashboard-options.js';
