// CommonJS apps see axios's `.d.cts` types, which are other types than those that ES modules see: the per-request
// options must be declared in both. A file of its own, because only a CommonJS file can name them.
// oxlint-disable-next-line unicorn/require-module-specifiers, import/no-empty-named-blocks -- makes the name known, so that it can be augmented
import type {} from 'axios';
import type { AuthApisRequestOptions } from './interceptor/request-options.js' with { 'resolution-mode': 'import' };

declare module 'axios' {
  interface AxiosRequestConfig {
    authApis?: AuthApisRequestOptions;
  }
}
