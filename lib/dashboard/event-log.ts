import { DASHBOARD_EVENTS } from '../common/defaults.js';
import type { AuthApisEvent } from '../common/token-events.js';
import type { EventView } from './dashboard-wire.js';

interface Entry {
  readonly view: EventView;
  readonly who: string;
  readonly kind: string;
  /** Grows with every change of any entry. */
  readonly version: number;
}

/**
 * The last events of all accounts, an entry for each change: what an account meets again and again (a retry that fails, a
 * refresh) is counted in one, so that a storm pushes out nothing else.
 */
export class EventLog {
  readonly #isConfigured: (event: AuthApisEvent) => boolean;
  readonly #entries: Entry[] = [];
  #version = 0;

  /** @param isConfigured whether an event is of an account of the options: of the others only trouble is kept */
  constructor(isConfigured: (event: AuthApisEvent) => boolean) {
    this.#isConfigured = isConfigured;
  }

  add(event: AuthApisEvent): void {
    if (isRoutine(event) || (isUneventful(event) && !this.#isConfigured(event))) return;
    const version = ++this.#version;
    const [who, kind] = [whose(event), kindOf(event)];
    const at = this.#entries.findLastIndex((entry) => entry.who === who);
    const last = this.#entries[at];
    if (last?.kind === kind) {
      this.#entries[at] = { ...last, version, view: { ...last.view, times: last.view.times + 1, event } };
      return;
    }
    this.#entries.push({ version, who, kind, view: { id: version, times: 1, since: event.at, event } });
    if (this.#entries.length > DASHBOARD_EVENTS) this.#entries.shift();
  }

  get version(): number {
    return this.#version;
  }

  /** What is new or has changed after `version`, the oldest first. */
  since(version: number): EventView[] {
    return this.#entries.filter((entry) => entry.version > version).map(({ view }) => view);
  }
}

/** Says nothing that another one does not. */
const isRoutine = ({ type }: AuthApisEvent): boolean => type === 'tokenRequested' || type === 'tokenCacheClosed';

const isUneventful = (event: AuthApisEvent): boolean =>
  event.type === 'accountEvicted' || (event.type === 'tokenObtained' && event.afterFailures === 0);

const whose = ({ api, account, tokenParams, dynamic }: AuthApisEvent): string =>
  JSON.stringify([api, account, tokenParams, dynamic]);

/** Messages of the same error may differ: vendors put numbers into them. */
function kindOf(event: AuthApisEvent): string {
  const error = 'error' in event ? [event.error.code, event.error.vendorStatus] : [];
  return JSON.stringify([event.type, 'accepted' in event && event.accepted, ...error]);
}
