import type { World } from './world.js';

/** Which variable leads requests to this URL through a proxy, if any. Its value may hold a password, and is not told. */
export function proxyVariable(url: string, env: World['env']): string | undefined {
  const { protocol, hostname } = new URL(url);
  const scheme = protocol.slice(0, -1);
  const names = [`${scheme}_proxy`, `${scheme.toUpperCase()}_PROXY`, 'all_proxy', 'ALL_PROXY'];
  const exceptions = (env.no_proxy ?? env.NO_PROXY ?? '').split(/[\s,]+/).filter(Boolean);
  return exceptions.some((each) => excepts(each, hostname)) ? undefined : names.find((name) => env[name]);
}

function excepts(exception: string, hostname: string): boolean {
  const host = exception.replace(/^\*?\./, '').replace(/:\d+$/, '');
  return exception === '*' || hostname === host || hostname.endsWith(`.${host}`);
}
