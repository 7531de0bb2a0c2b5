import type { AccountLabel } from './errors.js';

/** How an account is called in messages and log lines: `sparkfly`, `sparkfly "east"`, `sparkfly "east" [authScope 3f9a]`. */
export function accountText({ api, account, tokenParams, dynamic }: AccountLabel): string {
  const name = account === DEFAULT_ACCOUNT && !dynamic ? api : `${api} "${account}"`;
  return tokenParams === undefined ? name : `${name} [${tokenParams}]`;
}

/** Under which something is kept for an account: a dynamic one may have the name of a fixed one. */
export const accountKey = (label: AccountLabel): string => `${label.dynamic ? '\n' : ''}${accountText(label)}`;

/** What the unnamed account is called where a name is needed. */
export const DEFAULT_ACCOUNT = 'default';

/** Formatting never throws: it runs in timers and listeners, where an error would end the process. */
const UNKNOWN_TIME = 'an unknown time';

/** A duration as a person says it: `450 ms`, `2.5 s`, `23 min`, `5.4 h`. */
export function durationText(ms: number): string {
  if (!Number.isFinite(ms)) return UNKNOWN_TIME;
  if (Math.round(ms) < 1_000) return `${Math.round(ms)} ms`;
  const [seconds, minutes, hours] = [tenths(ms / 1_000), tenths(ms / 60_000), tenths(ms / 3_600_000)];
  if (seconds < 60) return `${seconds} s`;
  return minutes < 60 ? `${minutes} min` : `${hours} h`;
}

/** A point in time to the second, UTC: short, sortable, the same on every machine. */
export function timeText(at: number): string {
  const date = new Date(Number.isFinite(at) ? at : NaN);
  return Number.isNaN(date.getTime()) ? UNKNOWN_TIME : date.toISOString().replace(/\.\d+Z$/, 'Z');
}

const tenths = (value: number): number => Math.round(value * 10) / 10;
