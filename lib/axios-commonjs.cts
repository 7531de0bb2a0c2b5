// CommonJS apps see axios's `.d.cts` types, which are other types than those that ES modules see: the per-request
// options must be declared in both. A file of its own, because only a CommonJS file can name them.
import type {} from 'axios';
import type { AuthApisRequestOptions } from './interceptor/request-options.js' with { 'resolution-mode': 'import' };

declare module 'axios' {
  interface AxiosRequestConfig {
    authApis?: AuthApisRequestOptions;
  }
}
