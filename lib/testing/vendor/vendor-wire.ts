import type { Answer } from './answer.js';
import type { Call } from './call.js';
import type { Route } from './route.js';
import type { TokenVerdict } from './token-book.js';

/** All that makes one vendor different from another. */
export interface VendorWire {
  /** Path of the base URL that an account is configured with; empty for the origin itself. */
  readonly basePath: string;
  readonly tokenPath: string;
  readonly routes: readonly Route[];
  /** The token an API call carries, if any. */
  tokenOf(call: Call): string | undefined;
  /** The 401 of an API call. */
  unauthorized(call: Call, verdict: Exclude<TokenVerdict, 'good'>): Answer;
  /** Any other error, as the vendor words it. */
  failure(call: Call, status: number): Answer;
}
