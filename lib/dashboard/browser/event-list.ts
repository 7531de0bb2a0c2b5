import type { EventView } from '../dashboard-wire.js';
import { nameParts } from './account-name.js';
import { byId, icon, make, setText } from './dom.js';
import { moment } from './moment.js';
import { clockText } from './time.js';
import { eventText, eventTone, STANDING } from './words.js';

const MOST = 200;

interface Row {
  readonly element: HTMLElement;
  readonly text: HTMLElement;
  readonly times: HTMLElement;
}

/** What happened, the newest first. */
export class EventList {
  readonly #log = byId('events');
  readonly #list = this.#log.querySelector('ol')!;
  readonly #empty = byId('no-events');
  readonly #rows = new Map<number, Row>();

  /** Of a server that may be another than before; nothing of it is news, so nothing is read aloud. */
  reset(events: readonly EventView[], now: number): void {
    this.#log.ariaBusy = 'true';
    this.#rows.clear();
    this.#list.replaceChildren();
    this.add(events, now);
    this.#log.ariaBusy = 'false';
  }

  add(events: readonly EventView[], now: number): void {
    for (const event of events) this.#put(event, now);
    for (const id of [...this.#rows.keys()].slice(0, -MOST)) {
      this.#rows.get(id)!.element.remove();
      this.#rows.delete(id);
    }
    this.#empty.hidden = this.#rows.size > 0;
  }

  #put(view: EventView, now: number): void {
    const row = this.#rows.get(view.id) ?? this.#open(view, now);
    setText(row.text, eventText(view.event));
    row.times.hidden = view.times === 1;
    setText(row.times, view.times > 1 ? `${view.times} times, last ${clockText(view.event.at, now)}` : '');
  }

  #open({ id, since, event }: EventView, now: number): Row {
    const text = make('p', '');
    const times = make('p', 'times');
    const tone = eventTone(event);
    const who = make('span', 'who', ...nameParts(event));
    const element = make('li', '', icon(STANDING[tone].shape), who, moment(since, now), text, times);
    element.dataset['health'] = tone;
    this.#list.prepend(element);
    const row = { element, text, times };
    this.#rows.set(id, row);
    return row;
  }
}
