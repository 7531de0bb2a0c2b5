/** The numbers that users or several files meet, with their reasons. Durations in milliseconds. */

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

// --- How long things may take -------------------------------------------------------------------

/** How long a call waits for a token: a short outage is sat out, a long one fails before users give up. */
export const TOKEN_WAIT_TIMEOUT_MS = 10 * SECOND;
/** One token request: two fit into the wait above, so that one lost packet costs nobody a failure. */
export const TOKEN_REQUEST_TIMEOUT_MS = 5 * SECOND;
/** A token response is a few kB; more is not one, and must not fill the memory. */
export const MAX_TOKEN_RESPONSE_BYTES = 64 * 1024;

// --- A token's life -----------------------------------------------------------------------------

/** A lifetime beyond this is a mistake of the vendor's (milliseconds for seconds, say), never "immortal". */
export const LONGEST_LIFETIME_MS = 366 * 24 * HOUR;
/** The part of its life before the end in which a token is refreshed: room for several attempts at any lifetime. */
export const AHEAD_RATIO = 0.3;
/** No longer than this before the end: a day's token need not be bought seven hours early. */
export const AHEAD_CAP_MS = HOUR;
/** The draw below the ratio and the cap, as a part of each: replicas with equal tokens must not refresh together. */
export const AHEAD_RATIO_JITTER = 1 / 3;
export const AHEAD_CAP_JITTER = 1 / 6;
/** So close to its end a token may die on the way; callers then wait for the next one if it can be had. */
export const EXPIRING_MS = 30 * SECOND;
export const EXPIRING_RATIO = 0.05;
/** Who waits for the next token while this one lives gets this one no later than so long before its end: time to be sent. */
export const LAST_CALL_MS = SECOND / 2;
/** When wall time has run this far ahead of the monotonic clock the machine has slept, and tokens aged unseen. */
export const SLEEP_NOTICED_MS = 30 * SECOND;
/** A vendor that hands out the same token again is asked anew no sooner than this. */
export const SAME_TOKEN_PAUSE_MS = SECOND;

// --- Many accounts ------------------------------------------------------------------------------

/** Accounts kept at the most, by API: about 150 MB. Fewer than are in use would cost a token request for every call. */
export const MAX_ACCOUNTS = 100_000;
/** An account that nobody used for so long is forgotten: no vendor's token lives much longer. */
export const ACCOUNT_IDLE_MS = 24 * HOUR;
/** Ids that never had a token, kept at the most: somebody may make ids up, and they must not push out those that live. */
export const MAX_NEWCOMERS = 10_000;
/** ... and for so long after their last use: longer than the longest cool-down. */
export const NEWCOMER_IDLE_MS = 10 * MINUTE;
/**
 * Tokens with parameters kept of one account at the most: scopes and regions are a dozen, and one for each visitor's
 * address must not fill the memory.
 */
export const MAX_TOKENS_PER_ACCOUNT = 100;
/** Longest id of an account, characters: it stands in log lines. */
export const LONGEST_ACCOUNT_ID = 256;
/** Token requests that the scheduler has under way at once, by API: enough for 100,000 tokens an hour, no storm. */
export const REFRESH_CONCURRENCY = 20;

// --- Replicas that share tokens -----------------------------------------------------------------

/** One operation of the store: a Redis nearby answers in a millisecond, and without it calls go on. */
export const STORE_TIMEOUT_MS = SECOND / 4;
/** A lease outlasts the one request it is for by this much: time to write down what came. */
export const LEASE_SPARE_MS = SECOND;
/** How often a replica looks for what another one is asking for; a token request takes a few hundred milliseconds. */
export const STORE_POLL_MIN_MS = 25;
export const STORE_POLL_MAX_MS = 200;

/** Of a token in the store, bytes read at the most: encryption makes a token a third longer. */
export const MAX_STORED_TOKEN_BYTES = 2 * MAX_TOKEN_RESPONSE_BYTES;

// --- When the token endpoint fails --------------------------------------------------------------

/** First pause after a failed attempt; it doubles with each further one. */
export const BACKOFF_INITIAL_MS = SECOND;
/** Longest pause: recovery is noticed within a minute of the end of an outage. */
export const BACKOFF_MAX_MS = MINUTE;
/** A pause is drawn from [1 - jitter, 1] of its length. Half spreads a fleet well and keeps the order of magnitude. */
export const BACKOFF_JITTER = 0.5;
/** A vendor may ask for longer with Retry-After, but a typo must not silence an account for a day. */
export const RETRY_AFTER_CAP_MS = HOUR;
/** Cool-down after refused credentials: they rarely heal by themselves, and vendors lock accounts that insist. */
export const COOL_DOWN_INITIAL_MS = 5 * SECOND;
export const COOL_DOWN_MAX_MS = 5 * MINUTE;
export const COOL_DOWN_JITTER = 0.2;
/** While refused, a secret given as a function is read again this often at the most. */
export const SECRET_REREAD_MS = SECOND;
/** An attempt that is overdue by this much has nobody who pursues it: the trouble is over, the next caller starts afresh. */
export const LAPSED_MS = SECOND;

// --- When the API says 401 to a brand-new token -------------------------------------------------

/** For this long no further 401 of the account buys a token; doubling while new tokens do not help. */
export const REJECTION_PAUSE_INITIAL_MS = 5 * SECOND;
export const REJECTION_PAUSE_MAX_MS = 30 * SECOND;
export const REJECTION_PAUSE_JITTER = 0.2;
/** A 401 to a call that cannot be repeated (a stream) throws the token away this often at the most. */
export const DISCARD_PAUSE_MS = SECOND;

// --- Bodies over undici and fetch ---------------------------------------------------------------

/** Of a body that can be read but once, bytes kept so that the call can be repeated; a longer one is sent once. */
export const REPEATABLE_BODY_BYTES = 1024 * 1024;
/** Of an answer that nobody wants, bytes read all the same, so that its connection can serve again. */
export const UNWANTED_ANSWER_BYTES = 64 * 1024;
/** And how long that may take. */
export const UNWANTED_ANSWER_MS = SECOND;

// --- What a vendor says -------------------------------------------------------------------------

/** Of an error message, characters; enough for a sentence, not for a page of HTML in every log line. */
export const LONGEST_VENDOR_TEXT = 500;
/** Of an error's message, characters: room for the account, the URLs that were asked, and two texts of the vendor. */
export const LONGEST_MESSAGE = 2_000;
/** Of a log line: an error's message, and what happens next. Docker splits lines at 16 kB. */
export const LONGEST_LOG_LINE = 4_000;
/** Of an origin in a log line or a message: a host name has at most 253 characters. */
export const LONGEST_ORIGIN = 300;
/** Entries of `errors[]` that are kept. */
export const MOST_VENDOR_ERRORS = 10;

// --- The dashboard ------------------------------------------------------------------------------

/** How often what is shown is looked at; between two looks a state changes by nothing but time. */
export const DASHBOARD_LOOK_MS = SECOND;
/** So long after an event the page has it: what comes in one burst is told at once. */
export const DASHBOARD_SOON_MS = SECOND / 10;
/** How often those that the app looks up are counted while a page is open ... */
export const DASHBOARD_SURVEY_MS = 5 * SECOND;
/** ... and the part of the time that it may take at the most: a hundred thousand of them take a sixth of a second. */
export const DASHBOARD_SURVEY_SHARE = 0.01;
/** A page that hears nothing for two and a half of these says that the connection is lost; proxies are more patient. */
export const DASHBOARD_BEAT_MS = 10 * SECOND;
/** Pages open at once; more than an on-call team has, and no way to fill the memory. */
export const DASHBOARD_MOST_VIEWERS = 50;
/** Then the page is connected anew, and the guards asked again: a login that has ended must not look on for ever. */
export const DASHBOARD_STREAM_MS = 10 * 60 * SECOND;
/** Events kept for whoever opens the page after they happened. */
export const DASHBOARD_EVENTS = 200;
/** Accounts in trouble that are shown, of those that the app looks up. */
export const DASHBOARD_MOST_TROUBLED = 50;
/** At shutdown, how long a page may take to read the rest; over HTTP/1.1 an app with open pages closes within a second. */
export const DASHBOARD_FAREWELL_MS = SECOND / 4;
/** At shutdown, how often it is seen to that nothing is waited for which says nothing. */
export const DASHBOARD_HANG_UP_MS = SECOND / 20;
/** Pause between two "Refresh now" of one account: vendors lock accounts that insist. */
export const DASHBOARD_REFRESH_PAUSE_MS = 2 * SECOND;
