import type { AuthApis } from '../module/auth-apis.js';
import { AccountsSurvey, type Survey } from './accounts-survey.js';
import type { AccountView, Change, Snapshot } from './dashboard-wire.js';
import type { EventLog } from './event-log.js';

/** What is shown, and what has changed since the last look: the same for all who look. */
export class DashboardState {
  readonly #apis: AuthApis;
  readonly #survey: AccountsSurvey;
  readonly #log: EventLog;
  /** As they were at the last look, by key. */
  #accounts = new Map<string, string>();
  #dynamicAccounts = 'null';
  #store: Change['store'] = null;
  #logVersion = 0;

  constructor(apis: AuthApis, log: EventLog) {
    this.#apis = apis;
    this.#survey = new AccountsSurvey(apis);
    this.#log = log;
  }

  /** Everything; `change` goes on from here when it has been called right before. */
  snapshot(): Omit<Snapshot, 'hasRefresh'> {
    const survey = this.#survey.take();
    return { now: this.#now(), ...survey, gone: [], events: this.#log.since(0), store: this.#apis.storeState ?? null };
  }

  /** What is other than at the last look; `undefined` when nothing is. */
  change(): Change | undefined {
    const survey = this.#survey.take();
    const parts = { ...this.#accountsChange(survey.accounts), ...this.#otherChange(survey) };
    return Object.keys(parts).length > 0 ? { now: this.#now(), ...parts } : undefined;
  }

  #accountsChange(views: readonly AccountView[]): Pick<Change, 'accounts' | 'gone'> {
    const before = this.#accounts;
    this.#accounts = new Map(views.map((view) => [view.key, JSON.stringify(view)]));
    const accounts = views.filter(({ key }) => this.#accounts.get(key) !== before.get(key));
    const gone = [...before.keys()].filter((key) => !this.#accounts.has(key));
    return { ...(accounts.length && { accounts }), ...(gone.length && { gone }) };
  }

  #otherChange({ dynamicAccounts }: Survey): Pick<Change, 'events' | 'dynamicAccounts' | 'store'> {
    const store = this.#apis.storeState ?? null;
    const counted = JSON.stringify(dynamicAccounts);
    const events = this.#log.since(this.#logVersion);
    const change = {
      ...(events.length && { events }),
      ...(counted !== this.#dynamicAccounts && { dynamicAccounts }),
      ...(store !== this.#store && { store }),
    };
    this.#logVersion = this.#log.version;
    this.#dynamicAccounts = counted;
    this.#store = store;
    return change;
  }

  #now(): number {
    return Math.round(this.#apis.clock.wallNow());
  }
}
