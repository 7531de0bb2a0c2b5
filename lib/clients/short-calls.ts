import type { HttpService } from '@nestjs/axios';

type AxiosRef = HttpService['axiosRef'];
type Config = Parameters<AxiosRef['request']>[0];

/**
 * Gives an instance of ours a `get`, a `post` and the like of one step. axios's own merge what they were called with, and
 * `request` then merges it with the defaults: a tenth of what a call costs.
 */
export function shortenCalls(instance: AxiosRef): void {
  const request = instance.request.bind(instance);
  for (const method of ['get', 'delete', 'head', 'options']) {
    Object.assign(instance, { [method]: (url: string, config?: Config) => request({ ...config, method, url }) });
  }
  for (const method of ['post', 'put', 'patch']) {
    const call = (url: string, data?: unknown, config?: Config): unknown => request({ ...config, method, url, data });
    Object.assign(instance, { [method]: call });
  }
}
