import type { INestApplicationContext } from '@nestjs/common';
import type { AccountOptions, AuthApisOptions } from 'nestjs-auth-apis';
import { SparkflyClient, VerbitClient } from 'nestjs-auth-apis';
import type { FakeSparkfly, FakeVerbit } from 'nestjs-auth-apis/testing';
import { Agent } from 'node:https';
import { onTestFinished } from 'vitest';
import { startApp } from './app.js';
import type { Front } from './front.js';
import { CERTIFICATE, front } from './front.js';
import type { PlainServer } from './plain-server.js';
import { plainServer } from './plain-server.js';
import { fakeSparkfly, fakeVerbit, sparkflyAccount, verbitAccount } from './vendors.js';

/** Credentials that can be searched for. */
export const KEY = 'key-that-nobody-may-see';
export const IDENTITY = 'identity-that-nobody-may-see';

type Scheme = 'http' | 'https';

/** A vendor behind one scheme of a port, a stranger behind the other, and an app with an account of the vendor. */
export interface Fronted {
  readonly vendor: FakeVerbit | FakeSparkfly;
  readonly stranger: PlainServer;
  readonly at: Front;
  /** Where the vendor is called. */
  readonly baseURL: string;
  readonly app: INestApplicationContext;
  readonly client: VerbitClient | SparkflyClient;
  readonly secrets: () => readonly string[];
}

export interface FrontedWishes {
  /** The scheme that the vendor speaks. @default 'https' */
  readonly scheme?: Scheme;
  /** @default '127.0.0.1' */
  readonly host?: string;
  readonly account?: (given: { vendor: FakeVerbit | FakeSparkfly; at: Front; baseURL: string }) => AccountOptions;
  readonly options?: AuthApisOptions;
}

/** Whom the front's certificate does not trouble; no sockets are kept. */
export function trusting(): Agent {
  const agent = new Agent({ ca: CERTIFICATE });
  onTestFinished(() => agent.destroy());
  return agent;
}

/** Where both vendors put their token, and how each is started. */
export const frontedVendors: [string, string, (wishes?: FrontedWishes) => Promise<Fronted>][] = [
  [
    'Verbit',
    'authorization',
    async (wishes = {}) => {
      const vendor = await fakeVerbit({ apiKey: KEY });
      return fronted(vendor, wishes, async (account, options) => {
        const app = await startApp({ ...options, verbit: verbitAccount(vendor, account) });
        return { app, client: app.get(VerbitClient) };
      });
    },
  ],
  [
    'Sparkfly',
    'x-auth-token',
    async (wishes = {}) => {
      const vendor = await fakeSparkfly({ identity: IDENTITY, key: KEY });
      return fronted(vendor, wishes, async (account, options) => {
        const app = await startApp({ ...options, sparkfly: sparkflyAccount(vendor, account) });
        return { app, client: app.get(SparkflyClient) };
      });
    },
  ],
];

async function fronted(
  vendor: FakeVerbit | FakeSparkfly,
  { scheme = 'https', host, account, options }: FrontedWishes,
  start: (account: AccountOptions, options: AuthApisOptions) => Promise<Pick<Fronted, 'app' | 'client'>>,
): Promise<Fronted> {
  const stranger = await plainServer();
  const behind = { [scheme]: vendor.origin, [scheme === 'https' ? 'http' : 'https']: stranger.origin };
  const at = await front(behind, host);
  const baseURL = at[scheme] + new URL(vendor.baseURL).pathname;
  const given = { http: { httpsAgent: trusting() }, baseURL, ...account?.({ vendor, at, baseURL }) };
  const running = await start(given, { prefetch: 'none', ...options });
  return { vendor, stranger, at, baseURL, ...running, secrets: () => [KEY, IDENTITY, ...vendor.tokensIssued] };
}
