import type { AccountLabel } from '../../common/errors.js';
import { accountText } from '../../common/messages.js';
import type { AccountView, RefreshAnswer } from '../dashboard-wire.js';
import { make, setText, unseen } from './dom.js';
import { ownUrl } from './own-url.js';
import { withoutAccount } from './words.js';

/** A token request takes seconds, also where it waits for others. */
const PATIENCE_MS = 30_000;

/** Asks for a new token now, and says what came of it. */
export class RefreshButton {
  readonly #label: AccountLabel;
  readonly #text = make('span', '', 'Refresh now');
  readonly element = make('button', 'refresh-now', this.#text);
  readonly outcome = make('p', 'outcome');
  #isAsking = false;
  #lastSuccessAt: number | undefined;
  /** The page has not been told yet of the token that it asked for itself. */
  #isAhead = false;

  constructor(label: AccountLabel) {
    this.#label = label;
    this.element.type = 'button';
    this.element.hidden = true;
    this.element.append(unseen(` ${accountText(label)}`));
    this.element.addEventListener('click', () => void this.#press());
    this.outcome.setAttribute('role', 'status');
  }

  /** Not disabled meanwhile: that would take the focus from who came here by keyboard. */
  async #press(): Promise<void> {
    if (this.#isAsking) return;
    this.#setAsking(true);
    this.forgetOutcome();
    const before = this.#lastSuccessAt;
    const { api, account, tokenParams, dynamic } = this.#label;
    const query = {
      api,
      account,
      ...(tokenParams !== undefined && { tokenParams }),
      ...(dynamic && { dynamic: 'true' }),
    };
    const { isDone, message } = await askToRefresh(query);
    this.outcome.dataset['done'] = String(isDone);
    setText(this.outcome, withoutAccount(message, this.#label));
    this.#isAhead = isDone && this.#lastSuccessAt === before;
    this.#setAsking(false);
  }

  /** What came of it says nothing any more when a newer token has come. */
  update({ lastSuccessAt }: AccountView): void {
    if (lastSuccessAt === this.#lastSuccessAt) return;
    this.#lastSuccessAt = lastSuccessAt;
    if (this.#isAhead) this.#isAhead = false;
    else this.forgetOutcome();
  }

  forgetOutcome(): void {
    this.#isAhead = false;
    setText(this.outcome, '');
  }

  #setAsking(isAsking: boolean): void {
    this.#isAsking = isAsking;
    this.element.ariaDisabled = String(isAsking);
    setText(this.#text, isAsking ? 'Asking' : 'Refresh now');
  }
}

/** Whether whoever looks may press the buttons. */
export async function mayRefresh(): Promise<boolean> {
  return (await askToRefresh({})).isDone;
}

async function askToRefresh(query: Record<string, string>): Promise<{ isDone: boolean; message: string }> {
  try {
    const response = await fetch(ownUrl(new URLSearchParams(query).toString()), {
      method: 'POST',
      headers: { 'X-Auth-Apis-Refresh': 'now' },
      signal: AbortSignal.timeout(PATIENCE_MS),
    });
    const message = await messageOf(response);
    if (message !== undefined) return { isDone: response.ok, message };
    return { isDone: false, message: `Something else answered, with ${response.status}: log in again?` };
  } catch {
    return { isDone: false, message: 'The app did not answer: nobody knows whether it has asked' };
  }
}

/** `undefined` when a filter of the app has answered in a way of its own, or its login page. */
async function messageOf(response: Response): Promise<string | undefined> {
  const body = (await response.json().catch(() => undefined)) as Partial<RefreshAnswer> | null | undefined;
  return typeof body?.message === 'string' ? body.message : undefined;
}
