/** What carries a contender's calls. Only those with the same one can be held against each other. */
export type Transport = 'axios' | 'undici' | 'fetch' | 'node-fetch' | 'azure';

/** `static`: a header that never changes, a yardstick. `refreshing`: what others do about tokens. */
export type Role = 'static' | 'refreshing' | 'ours';

/** Where calls go, where tokens are bought, and with what. */
export interface Place {
  readonly baseURL: string;
  readonly tokenURL: string;
  readonly apiKey: string;
  readonly tokenLifetimeMs: number;
  /** With `stub` every call is answered at once, without a network; tokens are bought over HTTP all the same. */
  readonly network: 'loopback' | 'stub';
}

/** A contender at work. */
export interface Caller {
  /** One authorized GET whose answer is read and parsed. Rejects unless it is a 200. */
  call(): Promise<unknown>;
  close(): void | Promise<void>;
}

export interface Contender {
  /** Stands in the JSON and in `BENCH_CONTENDERS`. */
  readonly id: string;
  readonly title: string;
  readonly transport: Transport;
  readonly role: Role;
  /** The id of the same transport with a header that never changes. */
  readonly yardstick: string;
  /** Buys a token for every call that finds none: a storm that others beside it would feel. */
  readonly isStormy?: true;
  /** Cold: the token is bought by the first call. */
  open(place: Place): Promise<Caller>;
}

/** What every contender asks for, below the base URL. */
export const ORDER_PATH = '/orders/7';

/** An answer that is no 200, from transports that do not throw by themselves. */
export class StatusError extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`answered ${status}`);
    this.status = status;
  }
}

/** The status behind a failed call, whoever threw; `0` where there was no answer. */
export function statusOf(error: unknown): number {
  const { status, response } = error as { status?: unknown; response?: { status?: unknown } };
  const known = response?.status ?? status;
  return typeof known === 'number' ? known : 0;
}
