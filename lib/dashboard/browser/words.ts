import { accountText } from '../../common/messages.js';
import type { AccountLabel } from '../../common/errors.js';
import type { AuthApisEvent } from '../../common/token-events.js';
import type { TokenStanding } from '../../token/token-standing.js';
import type { AccountView, LookedUpView } from '../dashboard-wire.js';
import { clockText, durationText } from './time.js';

export const STANDINGS: readonly TokenStanding[] = ['down', 'failing', 'up', 'idle'];

/** A word, and a shape of its own for each: colour alone tells some people nothing. */
export const STANDING: Readonly<Record<TokenStanding, { readonly word: string; readonly shape: string }>> = {
  up: { word: 'Up', shape: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm3.7 5.2-4.4 5-3-2.8 1.2-1.3 1.7 1.6 3.1-3.7Z' },
  failing: {
    word: 'Failing',
    shape: 'M8 1 15.5 14.5H.5Zm-.9 4.6.2 4.3h1.4l.2-4.3Zm.9 5.1a1 1 0 1 0 0 2 1 1 0 0 0 0-2Z',
  },
  down: {
    word: 'Down',
    shape: 'M2.5 1.5h11v13h-11Zm3.1 2.8L4.8 5.5 7 8l-2.2 2.5.8 1.2L8 9.2l2.4 2.5.8-1.2L9 8l2.2-2.5-.8-1.2L8 6.8Z',
  },
  idle: { word: 'Idle', shape: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm0 1.8a5.2 5.2 0 1 1 0 10.4A5.2 5.2 0 0 1 8 2.8Z' },
};

/** What the standing means for whoever calls. */
export function meaningText({ standing, state, expiresAt, livesUntil = expiresAt }: AccountView, now: number): string {
  if (state === 'closed') return 'The app shuts down: no token is asked for any more';
  if (standing === 'idle') return 'No token is needed yet; the next call asks for one';
  if (standing === 'failing') return `Calls go out until ${clockText(livesUntil!, now)} with the token at hand`;
  if (standing === 'up') return state === 'fresh' ? 'Calls go out' : 'Calls go out; a refresh is due';
  return state === 'refused'
    ? 'The vendor says no: calls fail'
    : 'There is no token: calls fail, some after a moment’s wait';
}

export interface OverallPart {
  readonly text: string;
  /** Of those that it counts; absent where it is of all. */
  readonly standing?: TokenStanding;
}

/** How all of them stand, the worst first. */
export function overallParts(accounts: readonly AccountView[], lookedUp: LookedUpView | null): OverallPart[] {
  const own = accounts.filter(({ isConfigured }) => isConfigured);
  const count = (standing: TokenStanding): number =>
    own.filter((each) => each.standing === standing).length + (lookedUp?.counts[standing] ?? 0);
  const total = STANDINGS.reduce((sum, standing) => sum + count(standing), 0);
  if (total === 0) return [{ text: 'No accounts yet' }];
  if (count('up') === total) return [{ text: total === 1 ? 'The account is up' : `All ${total} accounts are up` }];
  return STANDINGS.filter((standing) => count(standing) > 0).map((standing) => ({
    text: `${count(standing)} ${STANDING[standing].word.toLowerCase()}`,
    standing,
  }));
}

/** The worst standing of all, which the page is tinted with. */
export function overallStanding(accounts: readonly AccountView[], lookedUp: LookedUpView | null): TokenStanding {
  const isAny = (standing: TokenStanding): boolean =>
    accounts.some((each) => each.standing === standing) || (lookedUp?.counts[standing] ?? 0) > 0;
  return STANDINGS.find(isAny) ?? 'idle';
}

/** An error's message begins with the account, which stands beside it already. */
export function withoutAccount(message: string, label: AccountLabel): string {
  const who = `${accountText(label)}: `;
  const said = message.startsWith(who) ? message.slice(who.length) : message;
  return said.charAt(0).toUpperCase() + said.slice(1);
}

/** What happened, in a sentence; of an event that this version does not know, its name. */
export function eventText(event: AuthApisEvent): string {
  switch (event.type) {
    case 'refreshed': {
      const source = event.from === 'store' ? 'Token taken over from another replica' : 'New token';
      const { failingSince, afterFailures, at } = event;
      const after =
        afterFailures > 0 ? ` after ${afterFailures} failed ${afterFailures === 1 ? 'attempt' : 'attempts'}` : '';
      const lasted =
        failingSince === undefined || at - failingSince < 1_000 ? '' : ` in ${durationText(at - failingSince)}`;
      return `${source}, lives ${durationText(event.expiresAt - at)}${after}${lasted}`;
    }
    case 'failed':
    case 'refused':
      return withoutAccount(event.error.message, event);
    case 'rejected':
      return `The token is thrown away at an age of ${durationText(event.ageMs)}: an API answered 401, or the app said so`;
    case 'replayed':
      return event.accepted
        ? 'A call was repeated with another token, and accepted'
        : 'A call was repeated with another token, and answered 401 again';
    case 'rotated':
      return `The vendor takes the ${event.secret} one of the two secrets now`;
    case 'evicted':
      return 'Let go; its next call asks anew';
    case 'storeLost':
      return `The store cannot be had: ${event.problem}`;
    case 'storeBack':
      return 'The store is back';
    case 'requested':
    case 'stopped':
    default:
      return event.type;
  }
}

/** Whether an event is good news, bad news, or neither. */
export function eventTone({ type }: AuthApisEvent): TokenStanding {
  if (type === 'refreshed' || type === 'storeBack') return 'up';
  if (type === 'failed' || type === 'rejected' || type === 'storeLost') return 'failing';
  return type === 'refused' ? 'down' : 'idle';
}
