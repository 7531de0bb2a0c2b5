import { Logger, type INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import type { AuthApisOptions, SparkflyClient, SparkflyOptions, VerbitClient, VerbitOptions } from 'nestjs-auth-apis';
import { AuthApis, AuthApisModule } from 'nestjs-auth-apis';
import { FakeSparkfly, FakeVerbit } from 'nestjs-auth-apis/testing';
import { AccountWatch } from './account-watch.js';
import type { Checks } from './checks.js';
import { RULES } from './rules.js';
import { ScaledClock } from './scaled-clock.js';
import type { Secrets } from './secrets.js';
import { ACCOUNT_HEADER } from './wire-watch.js';

export type Vendor = FakeVerbit | FakeSparkfly;
type VendorName = 'verbit' | 'sparkfly' | 'pos';

/** An account of the app, and the secret that its function gives at the moment. */
export interface Seat {
  readonly id: string;
  readonly api: 'verbit' | 'sparkfly';
  readonly name: string | undefined;
  readonly vendor: VendorName;
  readonly watch: AccountWatch;
  key: string;
  /** What the secret function does when asked. */
  mood: 'gives' | 'throws' | 'hangs';
}

export interface WorldSettings {
  readonly name: string;
  /** How many times as fast as real time its clock runs. */
  readonly factor: number;
  /** Shortest and longest life of a token, clock milliseconds; an opaque one always lives the longest. */
  readonly lifetimesMs: readonly [number, number];
  readonly options: AuthApisOptions;
}

/** Vendors, an app with five accounts of them, and a clock of their own. */
export class World {
  readonly settings: WorldSettings;
  readonly clock: ScaledClock;
  readonly seats: readonly Seat[];
  readonly #checks: Checks;
  readonly #secrets: Secrets;
  readonly #vendors = new Map<VendorName, Vendor>();
  #app: INestApplicationContext | undefined;
  #apis: AuthApis | undefined;
  #keys = 0;

  constructor(settings: WorldSettings, checks: Checks, secrets: Secrets) {
    this.settings = settings;
    this.clock = new ScaledClock(settings.factor);
    this.#checks = checks;
    this.#secrets = secrets;
    const seat = (api: Seat['api'], vendor: VendorName, name?: string): Seat => {
      const id = [settings.name, vendor, name ?? 'default'].join('/');
      return { id, api, name, vendor, key: this.newKey(), mood: 'gives', watch: new AccountWatch(id, this, checks) };
    };
    this.seats = [
      seat('verbit', 'verbit'),
      seat('verbit', 'verbit', 'captions'),
      seat('sparkfly', 'sparkfly'),
      seat('sparkfly', 'sparkfly', 'east'),
      seat('sparkfly', 'pos', 'pos'),
    ];
  }

  get apis(): AuthApis {
    return this.#apis!;
  }

  get vendors(): Vendor[] {
    return [...this.#vendors.values()];
  }

  get origins(): string[] {
    return this.vendors.map(({ origin }) => origin);
  }

  vendorOf({ vendor }: Seat): Vendor {
    return this.#vendors.get(vendor)!;
  }

  seatsOf(vendor: Vendor): Seat[] {
    return this.seats.filter((seat) => this.vendorOf(seat) === vendor);
  }

  client({ api, name }: Seat): VerbitClient | SparkflyClient {
    return this.apis.client(api, name);
  }

  newKey(): string {
    const key = `key-${this.settings.name}-${++this.#keys}-${Math.random().toString(36).slice(2)}`;
    this.#secrets.add(key);
    return key;
  }

  async start(): Promise<void> {
    for (const name of ['verbit', 'sparkfly', 'pos'] as const) this.#vendors.set(name, await this.#startVendor(name));
    await this.startApp();
  }

  async startApp(): Promise<void> {
    const root = { module: class SoakModule {}, imports: [AuthApisModule.forRoot(this.#options())] };
    this.#app = await NestFactory.createApplicationContext(root, { abortOnError: false });
    this.#apis = this.#app.get(AuthApis);
    for (const seat of this.seats) {
      seat.watch.forget();
      const { tokens } = this.client(seat);
      seat.watch.follow(this.apis, tokens.label, () => tokens.peek());
    }
    this.apis.events$.subscribe((event) => {
      this.looksForSecrets('an event', JSON.stringify(event));
    });
  }

  async closeApp(): Promise<void> {
    const startedAt = performance.now();
    await this.#app?.close();
    const tookMs = performance.now() - startedAt;
    this.#checks.that(RULES.shutdown, tookMs < 1_000, () => `${this.settings.name} took ${Math.round(tookMs)} ms`);
  }

  async closeVendors(): Promise<void> {
    for (const vendor of this.vendors) await vendor.close();
  }

  /** The vendor goes away, and comes back at the same port without knowing any of its tokens. */
  async restartVendor(vendor: Vendor, downMs: number): Promise<void> {
    const [name] = [...this.#vendors].find(([, each]) => each === vendor) ?? [];
    if (!name) return;
    const port = Number(new URL(vendor.origin).port);
    await vendor.close();
    await new Promise((resolve) => setTimeout(resolve, downMs));
    this.#vendors.set(name, await this.#startVendor(name, port));
  }

  /** Faults end, and secrets are right again. */
  calm(): void {
    for (const vendor of this.vendors) {
      vendor.reset();
      vendor.setLatency(0);
      vendor.rotateKey(this.seatsOf(vendor).map(({ key }) => key));
    }
    for (const seat of this.seats) seat.mood = 'gives';
  }

  looksForSecrets(where: string, text: string): void {
    const found = this.#secrets.in(text);
    this.#checks.that(RULES.secrets, found === undefined, () => `${where}: ${found}`);
  }

  /** What the vendor says of the end of a token, clock wall time; not what the client makes of it. */
  endOf(token: string): number | undefined {
    this.#secrets.add(token);
    const [, claims] = token.split('.');
    if (claims) return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { exp: number }).exp * 1_000;
    const details = this.vendors.map((vendor) => vendor.tokenDetails(token)).find(Boolean);
    return details && details.issuedAt + this.settings.lifetimesMs[1];
  }

  #startVendor(name: VendorName, port = 0): Promise<Vendor> {
    const keys = this.seats.filter(({ vendor }) => vendor === name).map(({ key }) => key);
    const common = { port, clock: this.clock, tokenLifetimeMs: this.settings.lifetimesMs[1] };
    if (name === 'verbit') return FakeVerbit.start({ ...common, apiKey: keys });
    return FakeSparkfly.start({ ...common, key: keys, contract: name === 'pos' ? 'pos' : 'core' });
  }

  #options(): AuthApisOptions {
    const verbit: VerbitOptions[] = [];
    const sparkfly: SparkflyOptions[] = [];
    for (const seat of this.seats) {
      const common = {
        ...(seat.name !== undefined && { name: seat.name }),
        baseURL: this.vendorOf(seat).baseURL,
        http: { headers: { [ACCOUNT_HEADER]: seat.id } },
      };
      const secret = (): Promise<string> => secretOf(seat);
      if (seat.api === 'verbit') verbit.push({ ...common, apiKey: secret });
      else {
        const tokenLifetimeMs = this.settings.lifetimesMs[1];
        const authMethod = seat.vendor === 'pos' ? 'GET' : 'POST';
        sparkfly.push({ ...common, identity: 'fake-identity', key: secret, tokenLifetimeMs, authMethod });
      }
    }
    return { ...this.settings.options, clock: this.clock, verbit, sparkfly };
  }
}

async function secretOf(seat: Seat): Promise<string> {
  if (seat.mood === 'hangs') return new Promise(() => {});
  await new Promise((resolve) => setImmediate(resolve));
  if (seat.mood === 'throws') throw new Error(`the vault is sealed (${seat.key})`);
  return seat.key;
}

/** What the apps log is looked at, not shown. */
export function catchLog(look: (line: string) => void): void {
  const line = (...said: unknown[]): void => look(said.map(String).join(' '));
  Logger.overrideLogger({ log: line, warn: line, error: line, debug: line, verbose: line, fatal: line });
}
