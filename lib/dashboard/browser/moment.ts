import { clockText, isoText } from './time.js';
import { make, setText } from './dom.js';

/** A point in time as an element; the same one may be set again and again. */
export function moment(at: number, now: number, text = clockText(at, now)): HTMLTimeElement {
  const element = make('time', '');
  setMoment(element, at, text);
  return element;
}

export function setMoment(element: HTMLTimeElement, at: number, text: string): void {
  if (element.dateTime !== isoText(at)) {
    element.dateTime = isoText(at);
    element.title = isoText(at);
  }
  setText(element, text);
}
