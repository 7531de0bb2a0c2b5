import { accountText } from '../../common/messages.js';
import type { AccountLabel } from '../../common/errors.js';
import type { AuthApisEvent } from '../../common/token-events.js';
import type { TokenHealth } from '../../token/token-health.js';
import type { AccountView, DynamicAccountsView } from '../dashboard-wire.js';
import { clockText, durationText } from './time.js';

export const STANDINGS: readonly TokenHealth[] = ['down', 'failing', 'up', 'idle'];

/** A word, and a shape of its own for each: colour alone tells some people nothing. */
export const STANDING: Readonly<Record<TokenHealth, { readonly word: string; readonly shape: string }>> = {
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

/** What the health means for whoever calls. */
export function meaningText({ health, state, expiresAt, usableUntil = expiresAt }: AccountView, now: number): string {
  if (state === 'closed') return 'The app shuts down: no token is asked for any more';
  if (health === 'idle') return 'No token is needed yet; the next call asks for one';
  if (health === 'failing') return `Calls go out until ${clockText(usableUntil!, now)} with the token at hand`;
  if (health === 'up') return state === 'fresh' ? 'Calls go out' : 'Calls go out; a refresh is due';
  return state === 'denied'
    ? 'The vendor says no: calls fail'
    : 'There is no token: calls fail, some after a moment’s wait';
}

export interface OverallPart {
  readonly text: string;
  /** Of those that it counts; absent where it is of all. */
  readonly health?: TokenHealth;
}

/** How all of them stand, the worst first. */
export function overallParts(
  accounts: readonly AccountView[],
  dynamicAccounts: DynamicAccountsView | null,
): OverallPart[] {
  const own = accounts.filter(({ isConfigured }) => isConfigured);
  const count = (health: TokenHealth): number =>
    own.filter((each) => each.health === health).length + (dynamicAccounts?.counts[health] ?? 0);
  const total = STANDINGS.reduce((sum, health) => sum + count(health), 0);
  if (total === 0) return [{ text: 'No accounts yet' }];
  if (count('up') === total) return [{ text: total === 1 ? 'The account is up' : `All ${total} accounts are up` }];
  return STANDINGS.filter((health) => count(health) > 0).map((health) => ({
    text: `${count(health)} ${STANDING[health].word.toLowerCase()}`,
    health,
  }));
}

/** The worst health of all, which the page is tinted with. */
export function overallStanding(
  accounts: readonly AccountView[],
  dynamicAccounts: DynamicAccountsView | null,
): TokenHealth {
  const isAny = (health: TokenHealth): boolean =>
    accounts.some((each) => each.health === health) || (dynamicAccounts?.counts[health] ?? 0) > 0;
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
    case 'tokenObtained': {
      const source = event.source === 'store' ? 'Token taken over from another replica' : 'New token';
      const { failingSince, afterFailures, at } = event;
      const after =
        afterFailures > 0 ? ` after ${afterFailures} failed ${afterFailures === 1 ? 'attempt' : 'attempts'}` : '';
      const lasted =
        failingSince === undefined || at - failingSince < 1_000 ? '' : ` in ${durationText(at - failingSince)}`;
      return `${source}, lives ${durationText(event.expiresAt - at)}${after}${lasted}`;
    }
    case 'tokenRequestFailed':
    case 'tokenRequestDenied':
      return withoutAccount(event.error.message, event);
    case 'tokenRejected':
      return `The token is thrown away at an age of ${durationText(event.ageMs)}: an API answered 401, or the app said so`;
    case 'callRetried':
      return event.accepted
        ? 'A call was repeated with another token, and accepted'
        : 'A call was repeated with another token, and answered 401 again';
    case 'secretRotated':
      return `The vendor takes the ${event.secret} one of the two secrets now`;
    case 'accountEvicted':
      return 'Let go; its next call asks anew';
    case 'storeUnavailable':
      return `The store cannot be had: ${event.problem}`;
    case 'storeAvailable':
      return 'The store is back';
    case 'tokenRequested':
    case 'tokenCacheClosed':
    default:
      return event.type;
  }
}

/** Whether an event is good news, bad news, or neither. */
export function eventTone({ type }: AuthApisEvent): TokenHealth {
  if (type === 'tokenObtained' || type === 'storeAvailable') return 'up';
  if (type === 'tokenRequestFailed' || type === 'tokenRejected' || type === 'storeUnavailable') return 'failing';
  return type === 'tokenRequestDenied' ? 'down' : 'idle';
}
