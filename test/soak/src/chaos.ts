import type { FakeFault } from 'nestjs-auth-apis/testing';
import type { Chance } from './chance.js';
import { sleep } from './load.js';
import type { Seat, Vendor, World } from './world.js';

/** What vendors, networks and vaults do to an app, at random. */
export class Chaos {
  readonly #world: World;
  readonly #chance: Chance;
  readonly #strangerOrigin: string;
  #isResting = true;
  #underWay: Promise<void> = Promise.resolve();
  #fakeTokens = 0;
  faults = 0;

  constructor(world: World, chance: Chance, strangerOrigin: string) {
    this.#world = world;
    this.#chance = chance;
    this.#strangerOrigin = strangerOrigin;
  }

  start(): void {
    this.#isResting = false;
    this.#underWay = this.#rage();
  }

  /** Ends what goes wrong, and puts right what went wrong. */
  async rest(): Promise<void> {
    this.#isResting = true;
    await this.#underWay;
    this.#world.calm();
  }

  async #rage(): Promise<void> {
    while (!this.#isResting) {
      await sleep(this.#chance.int(50, 500));
      const vendor = this.#chance.of(this.#world.vendors);
      this.faults++;
      await this.#deed()(vendor);
    }
  }

  #deed(): (vendor: Vendor) => void | Promise<void> {
    const chance = this.#chance;
    const few = (): number => chance.int(1, 3);
    return chance.weighted<(vendor: Vendor) => void | Promise<void>>([
      [8, (vendor) => vendor.failNext({ ...this.#badTokenAnswer(vendor), times: few() })],
      [4, (vendor) => vendor.failNext({ action: chance.of(['reset', 'truncate', 'hang'] as const), times: few() })],
      [3, (vendor) => vendor.failNext({ delayMs: chance.int(0, 400), times: few() })],
      [4, (vendor) => vendor.failNext({ on: 'api', status: chance.of([401, 403, 429, 500, 503]), times: few() })],
      [3, (vendor) => vendor.failNext({ on: 'api', action: chance.of(['reset', 'truncate', 'hang'] as const) })],
      [2, (vendor) => vendor.failNext({ on: 'api', ...this.#redirect() })],
      [3, (vendor) => vendor.rejectNext(chance.int(1, 20))],
      [4, (vendor) => vendor.revokeTokens()],
      [3, (vendor) => vendor.expireTokens()],
      [3, (vendor) => this.#setLifetime(vendor)],
      [3, (vendor) => this.#latency(vendor)],
      [3, (vendor) => this.#rotate(vendor)],
      [2, () => this.#vault()],
      [2, (vendor) => this.#for(vendor, { status: chance.of([500, 503]), times: Infinity })],
      [1, (vendor) => this.#for(vendor, { action: chance.of(['reset', 'hang'] as const), times: Infinity })],
      [1, (vendor) => this.#for(vendor, { on: 'api', status: 401, times: Infinity })],
      [2, (vendor) => this.#world.restartVendor(vendor, chance.int(0, 800))],
      [4, (vendor) => vendor.reset()],
    ]);
  }

  /** A token response that is none, or a bad one. */
  #badTokenAnswer(vendor: Vendor): FakeFault {
    const chance = this.#chance;
    const [longestMs] = this.#world.settings.lifetimesMs.toReversed();
    const now = this.#world.clock.wallNow() / 1_000;
    const jwt = (claims: object): object => ({ data: { token: `${base64({})}.${base64(claims)}.x` } });
    // A token that no API takes, but that says that it lives: only for a clock that soon gets over it.
    const isQuick = this.#world.clock.factor > 1 && 'apiKey' in vendor;
    const life = (longestMs ?? 0) / 1_000;
    const bad: FakeFault[] = [
      { status: chance.of([408, 425, 500, 502, 503, 504]) },
      { status: chance.of([400, 401, 403]) },
      { status: 429, headers: { 'Retry-After': '1' } },
      { status: 503, headers: { 'Retry-After': new Date(now * 1_000 + 2_000).toUTCString() } },
      { status: 302, headers: { Location: `${this.#strangerOrigin}/login` } },
      { status: 200, headers: { 'Content-Type': 'text/html' }, body: '<html>log in</html>' },
      { status: 200, body: '' },
      { status: 200, body: { data: { token: chance.of([null, 5, '', 'a b', [], {}]) } } },
      { status: 200, body: 'x'.repeat(chance.of([10, 100_000])) },
      { status: 200, headers: { 'Content-Encoding': 'gzip' }, body: 'not gzip' },
      { status: 200, body: jwt({ iat: now - 90, exp: now - 30 }) },
      ...(isQuick ? [{ status: 200, body: jwt({ iat: now, exp: now + life, n: ++this.#fakeTokens }) }] : []),
    ];
    return chance.of(bad);
  }

  #redirect(): FakeFault {
    const status = this.#chance.of([301, 302, 303, 307, 308]);
    return { status, headers: { Location: `${this.#strangerOrigin}/elsewhere` } };
  }

  #setLifetime(vendor: Vendor): void {
    // An opaque token's life is in the options: only a JWT can tell of another.
    if ('apiKey' in vendor) vendor.setTokenLifetime(this.#chance.int(...this.#world.settings.lifetimesMs));
  }

  async #latency(vendor: Vendor): Promise<void> {
    vendor.setLatency(this.#chance.of([0, 1, 5, 20, 300]));
    await sleep(this.#chance.int(0, 500));
    vendor.setLatency(this.#chance.of([0, 1, 5]));
  }

  /** As vendors do it: the old key is dead at once, and the app hears of the new one later. */
  async #rotate(vendor: Vendor): Promise<void> {
    const seats = this.#world.seatsOf(vendor);
    const next = new Map(seats.map((seat) => [seat, this.#chance.is(0.6) ? this.#world.newKey() : seat.key]));
    vendor.rotateKey([...next.values()]);
    await sleep(this.#chance.int(0, 800));
    for (const [seat, key] of next) {
      if (seat.key !== key) seat.watch.secretChanged();
      seat.key = key;
    }
  }

  async #vault(): Promise<void> {
    const seat: Seat = this.#chance.of(this.#world.seats);
    seat.mood = this.#chance.of(['throws', 'hangs'] as const);
    await sleep(this.#chance.int(50, 1_000));
    seat.mood = 'gives';
  }

  async #for(vendor: Vendor, fault: FakeFault): Promise<void> {
    vendor.reset();
    vendor.failNext(fault);
    await sleep(this.#chance.int(200, 2_500));
    vendor.reset();
  }
}

const base64 = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
