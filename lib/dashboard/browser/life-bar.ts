import type { AccountView } from '../dashboard-wire.js';
import { clockText, durationText } from './time.js';

/** A token's life as shares of its bar, from 0 at its issue to 1 at its end. */
export interface LifeBar {
  /** Where the refresh window begins; `undefined` when nothing is refreshed any more. */
  readonly refreshFrom: number | undefined;
  readonly now: number;
  readonly isOver: boolean;
}

/** `undefined` when there is no token. */
export function lifeBar({ requestedAt, expiresAt, refreshesAt }: AccountView, now: number): LifeBar | undefined {
  if (requestedAt === undefined || expiresAt === undefined) return undefined;
  const length = Math.max(1, expiresAt - requestedAt);
  const share = (at: number): number => Math.min(1, Math.max(0, (at - requestedAt) / length));
  return {
    refreshFrom: refreshesAt === undefined ? undefined : share(refreshesAt),
    now: share(now),
    isOver: now >= expiresAt,
  };
}

/** The bar in words; changes with the minute at the most, for it is read aloud. */
export function lifeBarText({ requestedAt, expiresAt, refreshesAt }: AccountView, now: number): string {
  if (requestedAt === undefined || expiresAt === undefined) return 'No token';
  const points = [
    `issued ${clockText(requestedAt, now)}`,
    ...(refreshesAt === undefined ? [] : [`refresh from ${clockText(refreshesAt, now)}`]),
    `${now >= expiresAt ? 'expired' : 'expires'} ${clockText(expiresAt, now)}`,
  ];
  const left = now >= expiresAt ? [] : [`${minutesText(expiresAt - now)} left`];
  return `Life of the token: ${[...points, ...left].join(', ')}`;
}

const minutesText = (ms: number): string => (ms < 60_000 ? 'less than a minute' : durationText(ms));
