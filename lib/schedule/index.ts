export { AuthApisScheduleModule } from './auth-apis-schedule.module.js';
export type { AttemptTimeout } from './attempt-timeouts.js';
