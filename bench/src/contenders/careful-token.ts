import { type BoughtToken, buyToken } from './buy-token.js';
import type { Place } from './contender.js';

/** How long before its end a careful writer gives a token up, as a part of its life. */
const CAREFUL_RATIO = 0.05;

/** A token as somebody careful keeps it by hand: one request for all who wait, a little before the end. */
export class CarefulToken {
  readonly #place: Place;
  #token: BoughtToken | undefined;
  #asking: Promise<BoughtToken> | undefined;

  constructor(place: Place) {
    this.#place = place;
  }

  async get(): Promise<string> {
    const token = this.#token;
    const isGood = token && Date.now() < token.expiresAt - CAREFUL_RATIO * this.#place.tokenLifetimeMs;
    if (!isGood) this.#token = await this.#next();
    return this.#token!.value;
  }

  #next(): Promise<BoughtToken> {
    return (this.#asking ??= buyToken(this.#place).finally(() => {
      this.#asking = undefined;
    }));
  }
}
