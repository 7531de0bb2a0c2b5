import type { AxiosAdapter } from 'axios';
import type { Clock } from '../common/clock.js';

/** One request as it went by, without what is secret of it. */
export interface Overheard {
  readonly method: string;
  /** Without its query, where a key may stand. */
  readonly url: string;
  /** Points in time are wall time, epoch milliseconds. */
  readonly sentAt: number;
  readonly durationMs: number;
  /** An answer began that was cut off, or longer than any with a token. */
  readonly isUnread?: boolean;
  /** What follows is absent when no answer came, or not all of it was read. */
  readonly status?: number;
  /** As the vendor's clock said it. */
  readonly date?: string;
  /** Where a redirect leads, without its query. */
  readonly redirectTo?: string;
  readonly isHtml?: boolean;
}

/** An adapter that notes down what goes through another one. */
export function overhearing(adapter: AxiosAdapter, clock: Clock, notes: Overheard[]): AxiosAdapter {
  return async (config) => {
    const { method = '', url = '' } = config;
    const { origin, pathname } = new URL(url);
    const [sentAt, startedAt] = [clock.wallNow(), clock.now()];
    const note = (answer?: Omit<Overheard, 'method' | 'url' | 'sentAt' | 'durationMs'>): void =>
      void notes.push({ method, url: origin + pathname, sentAt, durationMs: clock.now() - startedAt, ...answer });
    try {
      const response = await adapter(config);
      const { status, headers, data } = response as { status: number; headers: Record<string, unknown>; data: unknown };
      note({
        status,
        date: textOf(headers.date),
        redirectTo: placeOf(textOf(headers.location), url),
        isHtml: isHtml(data),
      });
      return response;
    } catch (error) {
      // axios's one code for both.
      note({ isUnread: (error as { code?: unknown }).code === 'ERR_BAD_RESPONSE' });
      throw error;
    }
  };
}

const textOf = (header: unknown): string | undefined => (typeof header === 'string' ? header : undefined);

const isHtml = (body: unknown): boolean => typeof body === 'string' && /^\s*<(!doctype|html|head|body)\b/i.test(body);

function placeOf(location: string | undefined, base: string): string | undefined {
  if (location === undefined || !URL.canParse(location, base)) return undefined;
  const { protocol, origin, pathname } = new URL(location, base);
  return /^https?:$/.test(protocol) ? origin + pathname : undefined; // others have no origin
}
