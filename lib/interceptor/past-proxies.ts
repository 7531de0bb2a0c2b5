type Dispatcher = NonNullable<Parameters<typeof fetch>[1]>['dispatcher'];

/**
 * What carries a `fetch` directly, where Node takes those that name no dispatcher through the proxies of the environment
 * (`NODE_USE_ENV_PROXY`). Node has it for what `NO_PROXY` names, and hands it out to nobody; nothing where it uses none.
 *
 * @throws TypeError where there are proxies and no way past them: what must not leave this machine is not sent
 */
export function pastProxies(): Dispatcher {
  const used = [2, 1].map((version) => inGlobal(`undici.globalDispatcher.${version}`)).find(Boolean);
  if (used?.constructor.name !== 'EnvHttpProxyAgent') return undefined;
  const key = Object.getOwnPropertySymbols(used).find(({ description }) => description === 'no proxy agent');
  const direct = key && (used as Record<symbol, Dispatcher>)[key];
  if (direct) return direct;
  const why = 'the token would go through a proxy of the environment in the clear: name its host in NO_PROXY';
  throw new TypeError('fetch failed', { cause: new Error(why) });
}

const inGlobal = (name: string): object | undefined =>
  (globalThis as unknown as Record<symbol, object | undefined>)[Symbol.for(name)];
