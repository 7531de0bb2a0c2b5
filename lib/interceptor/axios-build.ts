import { HttpService } from '@nestjs/axios';
import type { AxiosInstance, AxiosStatic } from 'axios';
import axios from 'axios';

/**
 * The copy of axios that `@nestjs/axios` uses. An app can have two: a CommonJS build for `require`, an ES module for
 * `import`. Clients are made with this one, so that the app's `instanceof AxiosError` means the same class.
 */
export const nestAxios = new HttpService().axiosRef as AxiosStatic;

/** The copy of axios that made an instance: errors thrown on its behalf must be of that copy's classes. */
export function axiosBuildOf(instance: AxiosInstance): AxiosStatic {
  const manager = instance.interceptors.request.constructor;
  const isImported = axios.interceptors.request.constructor === manager;
  return isImported ? axios : nestAxios;
}
