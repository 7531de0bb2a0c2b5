import type { Overheard } from './overhearing.adapter.js';
import type { Target } from './targets.js';

/** Which of a vendor's documented contracts was spoken, and whether at its further path; only the built-in ones have any. */
export function contractOf({ resolved, site }: Target, last: Overheard | undefined): string | undefined {
  const { name } = resolved.api;
  if (name === 'verbit') return site.settings.contract ?? 'v0.8';
  if (name !== 'sparkfly') return undefined;
  const isGet = (last?.method ?? site.settings.authMethod) === 'GET' || site.settings.environment === 'pos-staging';
  const isFurther = last !== undefined && last.url !== site.tokenURLs[0];
  return (isGet ? 'pos' : 'core') + (isFurther ? ', root path' : '');
}
