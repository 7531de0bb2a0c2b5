import type { Context } from '../common/context.js';
import type { Site } from '../config/site.js';
import type { UpstreamResponse } from '../vendors/upstream-response.js';

/** Whether a response means that the token is not valid. A call that has succeeded must not fail by the app's own rule. */
export function isUnauthorized(site: Site, { status, headers, data }: UpstreamResponse, { reports }: Context): boolean {
  try {
    return site.isUnauthorized({ status, headers, data });
  } catch (error) {
    reports.isUnauthorizedThrew(site.isUnauthorized, { api: site.api.name }, error);
    return status === 401;
  }
}
