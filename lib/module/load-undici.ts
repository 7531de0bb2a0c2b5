import { AuthApisOptionsError } from '../common/errors.js';
import type { ResolvedOptions } from '../config/resolve-options.js';
import type { HttpReplacement } from '../interceptor/authorize-instance.js';

/** Whether any account wants its calls to be carried by undici. */
export function wantsUndici({ apis }: ResolvedOptions): boolean {
  return apis.some(({ accounts, lookup }) =>
    [...accounts.map(({ site }) => site), ...(lookup ? [lookup.site] : [])].some(
      ({ transport }) => transport === 'undici',
    ),
  );
}

/**
 * undici is an optional peer: loaded when it is asked for.
 *
 * @throws AuthApisOptionsError when it is not installed, or speaks only the elder language for handlers
 */
export async function loadUndici(): Promise<HttpReplacement> {
  try {
    const { undiciTransport, isNewEnough } = await import('../undici/undici.transport.js');
    if (isNewEnough) return undiciTransport;
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw error;
    throw needed('which is not installed: npm install undici');
  }
  throw needed('7 or 8, and an older one is installed: npm install undici@7');
}

const needed = (what: string): AuthApisOptionsError =>
  new AuthApisOptionsError([`transport: 'undici' needs the package undici, ${what}`]);
