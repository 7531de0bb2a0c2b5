/** The numbers of the fake vendors, each with its reason. */

/** The Verbit Transcribe v0.8 description: a token is good for one hour. */
export const VERBIT_V08_TOKEN_LIFETIME_MS = 3_600_000;

/** verbit.readme.io, "Authentication": the token of the users service is good for a day. */
export const VERBIT_USERS_TOKEN_LIFETIME_MS = 24 * 3_600_000;

/** The Sparkfly platform documentation: a token is good for 24 hours. */
export const SPARKFLY_TOKEN_LIFETIME_MS = 24 * 3_600_000;

/** Enough to look back at a failing test, and a bound for a benchmark that runs for minutes. */
export const LOGGED_REQUESTS_MAX = 10_000;

/** A longer `setTimeout` overflows its 32 bits and fires at once. */
export const LONGEST_DELAY_MS = 2 ** 31 - 1;

/** Node's own 5 s races with clients that reuse a socket at that very moment; a fake must not be flaky. */
export const KEEP_ALIVE_TIMEOUT_MS = 65_000;

/** A `truncate` fault announces this many bytes more than it sends. */
export const TRUNCATED_BYTES = 64;

/** Ids up to here are sample orders that exist without having been created. */
export const SAMPLE_ORDER_ID_MAX = 999;
