export interface VendorOptions {
  readonly tokenLifetimeMs: number;
  /** What a token request takes, milliseconds. */
  readonly tokenLatencyMs: number;
}

/** Where a vendor is found. */
export interface VendorAddress {
  readonly vendor: number;
  readonly apiKey: string;
  readonly tokenURL: string;
  readonly baseURL: string;
}

/** What a vendor has seen. */
export interface VendorCounters {
  readonly tokenRequests: number;
  /** Calls that it answered 401. */
  readonly unauthorized: number;
}

/** `reset`: counters back to nothing. `revoke`: every token so far. `fail`: token requests get a 503 until `mend`. */
export type Command = 'counters' | 'reset' | 'revoke' | 'fail' | 'mend' | 'close';

export type Wish =
  { readonly do: 'open'; readonly options: VendorOptions } | { readonly do: Command; readonly vendor: number };

export interface Request {
  readonly id: number;
  readonly wish: Wish;
}

export interface Answer {
  readonly id: number;
  readonly result: VendorAddress | VendorCounters | void;
}
