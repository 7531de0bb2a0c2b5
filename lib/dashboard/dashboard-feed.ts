import { type BeforeApplicationShutdown, Inject, Injectable, type OnModuleInit } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import {
  DASHBOARD_BEAT_MS,
  DASHBOARD_LOOK_MS,
  DASHBOARD_MOST_VIEWERS,
  DASHBOARD_SOON_MS,
  DASHBOARD_STREAM_MS,
} from '../common/defaults.js';
import { accountKey } from '../common/messages.js';
import type { AuthApis } from '../module/auth-apis.js';
import { type AuthApisDashboardOptions, DASHBOARD_OPTIONS } from './dashboard-options.js';
import { DashboardState } from './dashboard-state.js';
import type { Snapshot } from './dashboard-wire.js';
import { EventLog } from './event-log.js';
import { findAuthApis } from '../module/find-provider.js';
import { survive } from '../module/survive.js';
import { Viewer } from './viewer.js';

/** Tells all open pages what is and what changes. While nobody looks, it does no more than to keep the last events. */
@Injectable()
export class DashboardFeed implements OnModuleInit, BeforeApplicationShutdown {
  readonly #modules: ModuleRef;
  readonly #hasRefresh: boolean;
  readonly #log = new EventLog((event) => this.#configured.has(accountKey(event)));
  #configured: ReadonlySet<string> = new Set();
  readonly #viewers = new Set<Viewer>();
  #apis!: AuthApis;
  #state!: DashboardState;
  #isClosed = false;
  #timer: { readonly at: number; readonly cancel: () => void } | undefined;
  #beatAt = 0;

  constructor(
    @Inject(ModuleRef) modules: ModuleRef,
    @Inject(DASHBOARD_OPTIONS) { allowRefresh }: AuthApisDashboardOptions,
  ) {
    this.#modules = modules;
    this.#hasRefresh = Boolean(allowRefresh);
  }

  onModuleInit(): void {
    this.#apis = findAuthApis(this.#modules, 'AuthApisDashboardModule');
    this.#configured = new Set(this.#apis.configured.map(({ tokens }) => accountKey(tokens.label)));
    this.#state = new DashboardState(this.#apis, this.#log);
    this.#apis.listen((event) => {
      this.#log.add(event);
      if (this.#viewers.size > 0) this.#planLook(DASHBOARD_SOON_MS);
    });
  }

  /** Before the server is closed, which waits for its connections. */
  beforeApplicationShutdown(): void {
    this.#isClosed = true;
    for (const viewer of this.#viewers) viewer.end();
    this.#stopLooking();
  }

  /** A new page; `undefined` when there are too many, and at shutdown. */
  open(): Viewer | undefined {
    if (this.#isClosed || this.#viewers.size >= DASHBOARD_MOST_VIEWERS) return undefined;
    const viewer = new Viewer(
      this.#apis.clock.now(),
      () => this.#everything(),
      () => this.#left(viewer),
    );
    if (this.#viewers.size === 0) this.#beatAt = this.#apis.clock.now();
    this.#viewers.add(viewer);
    this.#planLook(DASHBOARD_LOOK_MS);
    return viewer;
  }

  /** How many pages are open. */
  get viewers(): number {
    return this.#viewers.size;
  }

  #everything(): string {
    this.#tellChange(); // so that the next change goes on from here for all
    const snapshot: Snapshot = { ...this.#state.snapshot(), hasRefresh: this.#hasRefresh };
    // When the connection breaks the page tries again after a second; browsers would wait for three or more.
    return `retry: 1000\n${frame('snapshot', snapshot)}`;
  }

  #look(): void {
    this.#timer = undefined;
    this.#tellChange();
    const now = this.#apis.clock.now();
    if (now - this.#beatAt >= DASHBOARD_BEAT_MS) {
      this.#beatAt = now;
      this.#tell(frame('beat', { now: Math.round(this.#apis.clock.wallNow()) }));
      for (const viewer of this.#viewers) if (now - viewer.openedAt >= DASHBOARD_STREAM_MS) viewer.end();
    }
    this.#planLook(DASHBOARD_LOOK_MS);
  }

  #tellChange(): void {
    const change = this.#state.change();
    if (change) this.#tell(frame('change', change));
  }

  #tell(text: string): void {
    for (const viewer of this.#viewers) viewer.send(text);
  }

  #left(viewer: Viewer): void {
    this.#viewers.delete(viewer);
    if (this.#viewers.size === 0) this.#stopLooking();
  }

  #planLook(delayMs: number): void {
    const { clock } = this.#apis;
    const at = clock.now() + delayMs;
    if (this.#isClosed || (this.#timer && this.#timer.at <= at)) return;
    this.#timer?.cancel();
    this.#timer = { at, cancel: clock.schedule(() => survive(() => this.#look()), delayMs, { background: true }) };
  }

  #stopLooking(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}

/** JSON has no line breaks of its own. */
const frame = (event: string, data: object): string => `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
