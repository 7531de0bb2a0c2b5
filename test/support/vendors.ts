import type { INestApplicationContext } from '@nestjs/common';
import type { AuthApisOptions, SparkflyOptions, VerbitOptions } from 'nestjs-auth-apis';
import { SparkflyClient, VerbitClient } from 'nestjs-auth-apis';
import type { FakeSparkflyOptions, FakeVerbitOptions } from 'nestjs-auth-apis/testing';
import { FakeSparkfly, FakeVerbit } from 'nestjs-auth-apis/testing';
import { onTestFinished } from 'vitest';
import { startApp } from './app.js';

/** A fake Verbit that ends with the test. */
export async function fakeVerbit(options: FakeVerbitOptions = {}): Promise<FakeVerbit> {
  const vendor = await FakeVerbit.start(options);
  onTestFinished(() => vendor.close());
  return vendor;
}

/** A fake Sparkfly that ends with the test. */
export async function fakeSparkfly(options: FakeSparkflyOptions = {}): Promise<FakeSparkfly> {
  const vendor = await FakeSparkfly.start(options);
  onTestFinished(() => vendor.close());
  return vendor;
}

/** The account that a fake Verbit has. */
export const verbitAccount = (vendor: FakeVerbit, more: Partial<VerbitOptions> = {}): VerbitOptions => ({
  apiKey: vendor.apiKey,
  baseURL: vendor.baseURL,
  ...more,
});

/** The account that a fake Sparkfly has. */
export const sparkflyAccount = (vendor: FakeSparkfly, more: Partial<SparkflyOptions> = {}): SparkflyOptions => ({
  identity: vendor.identity,
  key: vendor.key,
  baseURL: vendor.baseURL,
  ...more,
});

interface Running<Vendor, Client> {
  readonly vendor: Vendor;
  readonly app: INestApplicationContext;
  readonly client: Client;
}

interface Wishes<Vendor, Fake, Account> {
  readonly fake?: Fake;
  readonly account?: Partial<Account> | ((vendor: Vendor) => Partial<Account>);
  readonly options?: AuthApisOptions;
}

/** A fake Verbit and a running app with a client of it; no token until the first call. */
export async function verbitApp({
  fake,
  account,
  options,
}: Wishes<FakeVerbit, FakeVerbitOptions, VerbitOptions> = {}): Promise<Running<FakeVerbit, VerbitClient>> {
  const vendor = await fakeVerbit(fake);
  const app = await startApp({
    prefetch: 'none',
    ...options,
    verbit: verbitAccount(vendor, accountOf(vendor, account)),
  });
  return { vendor, app, client: app.get(VerbitClient) };
}

/** A fake Sparkfly and a running app with a client of it; no token until the first call. */
export async function sparkflyApp({
  fake,
  account,
  options,
}: Wishes<FakeSparkfly, FakeSparkflyOptions, SparkflyOptions> = {}): Promise<Running<FakeSparkfly, SparkflyClient>> {
  const vendor = await fakeSparkfly(fake);
  const app = await startApp({
    prefetch: 'none',
    ...options,
    sparkfly: sparkflyAccount(vendor, accountOf(vendor, account)),
  });
  return { vendor, app, client: app.get(SparkflyClient) };
}

const accountOf = <Vendor, Account>(vendor: Vendor, wish: Account | ((vendor: Vendor) => Account) | undefined) =>
  typeof wish === 'function' ? (wish as (vendor: Vendor) => Account)(vendor) : wish;
