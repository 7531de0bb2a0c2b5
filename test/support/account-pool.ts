import type { AxiosAdapter, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import type { AuthApisEvent, Clock } from 'nestjs-auth-apis';
import { accountsFor, defineTokenApi } from 'nestjs-auth-apis';
import { ManualClock } from 'nestjs-auth-apis/testing';
import type { Account } from '../../lib/accounts/account.js';
import { AccountPool } from '../../lib/accounts/account-pool.js';
import { resolveOptions } from '../../lib/config/resolve-options.js';
import { contextOf } from './site.js';
import { HOUR, START_AT } from './token-source.js';

/** A made-up vendor whose tokens say for whom they are, and what they were asked for with. */
export const acme = defineTokenApi({
  name: 'acme',
  credentials: ['key'],
  tokenParams: ['scope', 'zone'],
  settings: { prefix: 'text' },
  baseURL: 'https://api.acme.test/v1',
  tokenURL: 'token',
  lifetimeMs: HOUR,
  placement: { in: 'header', name: 'X-Acme-Token' },
  request: ({ url, credentials, tokenParams, settings }) => ({
    method: 'POST',
    url,
    headers: { 'X-Acme-Key': credentials.key },
    body: JSON.stringify({ ...tokenParams, prefix: settings.prefix }),
  }),
  parseResponse: ({ json }) => ({ token: json.token }),
});

/** What one token request said. */
export interface Asked {
  readonly key: string;
  readonly scope?: string;
  readonly zone?: string;
  readonly prefix?: string;
}

/** Answers a token request; by default with a token that names its key, scope, zone and number. */
export type AcmeAnswer = (asked: Asked, n: number) => Promise<Partial<AxiosResponse>>;

export const grants: AcmeAnswer = async ({ key, scope = '', zone = '' }, n) => ({
  status: 200,
  data: JSON.stringify({ token: [key, scope, zone, n].join('/') }),
});

export const says =
  (status: number): AcmeAnswer =>
  async () => ({ status, data: '{}' });

export type AcmeOptions = Parameters<
  typeof accountsFor<'key', 'scope' | 'zone', never, { prefix: 'text' }, unknown>
>[1];

export interface PoolSetup {
  readonly pool: AccountPool;
  readonly clock: ManualClock;
  readonly asked: Asked[];
  readonly events: AuthApisEvent[];
  /** Those whose refreshes are planned, and whether they are of the options. */
  readonly planned: Map<Account, boolean>;
  answer: AcmeAnswer;
}

/** The accounts of one API before a vendor in memory, on a clock that stands still. */
export function setUpPool(accounts: AcmeOptions): PoolSetup {
  const clock = new ManualClock(START_AT);
  const events: AuthApisEvent[] = [];
  const asked: Asked[] = [];
  const planned = new Map<Account, boolean>();
  const adapter: AxiosAdapter = async (config: InternalAxiosRequestConfig) => {
    const body = JSON.parse(String(config.data)) as Omit<Asked, 'key'>;
    asked.push({ key: String((config.headers as Record<string, unknown>)['X-Acme-Key']), ...body });
    const answer = await setup.answer(asked.at(-1)!, asked.length);
    return { status: 200, statusText: '', headers: {}, config, data: '', ...answer };
  };
  // Nothing here takes real time, so the clock need not wait for any.
  const own: Clock = {
    now: () => clock.now(),
    wallNow: () => clock.wallNow(),
    schedule: (callback, delayMs) => clock.schedule(callback, delayMs),
  };
  const { apis } = resolveOptions({ clock: own, apis: [accountsFor(acme, accounts)] });
  const emit = (event: AuthApisEvent): void => void events.push(event);
  const pool = new AccountPool(
    apis.find(({ api }) => api.name === 'acme')!,
    {
      context: contextOf({ clock: own, emit }),
      adapter,
      planner: {
        add: (account, isConfigured) => void planned.set(account, isConfigured),
        remove: (account) => void planned.delete(account),
      },
    },
  );
  const setup: PoolSetup = { pool, clock, asked, events, planned, answer: grants };
  return setup;
}

/** Every id is an account, whose key is `key-of-<id>`. */
export const anyId = { resolve: (id: string) => ({ key: `key-of-${id}` }) };

/** Which of those held have a place, by account and parameters. */
export const heldIn = ({ pool }: PoolSetup): string[] =>
  [...pool.accounts()].map(({ tokens: { label } }) => [label.account, label.tokenParams].filter(Boolean).join(' '));
