export { authorizationInterceptor } from './authorization.interceptor.js';
export type { AuthorizationInterceptorOptions } from './authorization.interceptor.js';
