/** When the tokens of an account are refreshed. Fields that are left out are those of the definition, then of `forRoot`. @publicApi */
export interface AccountRefreshOptions {
  /** Refresh in the background, before the end of life, whether or not anybody calls. @default true */
  enabled?: boolean;
  /** How long before its end a token is refreshed, as a part of its life; up to a third less by chance. @default 0.3 */
  aheadRatio?: number;
  /** ... but no longer than this, milliseconds; up to a sixth less by chance. @default 3,600,000 (1 h) */
  aheadCapMs?: number;
  /** Pauses between failed token requests, doubling, shortened by up to a half by chance; milliseconds. */
  backoff?: {
    /** @default 1,000 */
    initialMs?: number;
    /** @default 60,000 */
    maxMs?: number;
  };
}
