import { createRequire } from 'node:module';
import { HttpService } from '@nestjs/axios';
import type { AxiosAdapter, AxiosInstance, AxiosStatic, InternalAxiosRequestConfig } from 'axios';
import axios from 'axios';

/**
 * The copy of axios that `@nestjs/axios` uses. An app can have two: a CommonJS build for `require`, an ES module for
 * `import`. Clients are made with this one, so that the app's `instanceof AxiosError` means the same class.
 */
export const nestAxios = new HttpService().axiosRef as AxiosStatic;

/** The copy of axios that made an instance: errors thrown on its behalf must be of that copy's classes. */
export function axiosBuildOf(instance: AxiosInstance): AxiosStatic {
  return makerOf(instance) ?? nestAxios;
}

/** Whether it is the `fetch` adapter of any copy of axios, which makes one for each `env`. */
export function isFetchAdapter(adapter: AxiosAdapter, config: InternalAxiosRequestConfig): boolean {
  // Where there is none for this `env`, another one is given.
  const isOf = (build: AxiosStatic, each?: InternalAxiosRequestConfig): boolean =>
    adapter === build.getAdapter(['fetch', 'http'], each);
  return [axios, nestAxios, requiredAxios()].some((build) => build && (isOf(build, config) || isOf(build)));
}

/** Whether it is what `import axios` gives to everybody, of whatever copy, or stands on its settings or interceptors. */
export function isProcessWide(instance: AxiosInstance): boolean {
  // Only the default export has the classes.
  if (typeof (instance as Partial<AxiosStatic>).Axios === 'function') return true;
  const build = makerOf(instance);
  return build?.defaults === instance.defaults || build?.interceptors.request === instance.interceptors.request;
}

function makerOf(instance: AxiosInstance): AxiosStatic | undefined {
  const hasMade = (build: AxiosStatic | undefined): boolean =>
    build?.interceptors.request.constructor === instance.interceptors.request.constructor;
  // What has to be looked for comes last.
  return [axios, nestAxios].find(hasMade) ?? [requiredAxios()].find(hasMade);
}

/**
 * What the app gets from `require`, where `@nestjs/axios` is an ES module; whoever made an instance with it has loaded it.
 * From where the app began: `import.meta`, which would know this file, cannot be read by what makes CommonJS of it, as Jest does.
 */
function requiredAxios(): AxiosStatic | undefined {
  try {
    return createRequire(process.argv[1] ?? `${process.cwd()}/`)('axios') as AxiosStatic;
  } catch {
    return undefined; // in a bundle, say
  }
}
