import { createRequire } from 'node:module';
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
  const hasMade = (build: AxiosStatic | undefined): boolean =>
    build?.interceptors.request.constructor === instance.interceptors.request.constructor;
  // What has to be looked for comes last.
  return [axios, nestAxios].find(hasMade) ?? [requiredAxios()].find(hasMade) ?? nestAxios;
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
