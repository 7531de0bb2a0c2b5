import type { ModuleRef } from '@nestjs/core';
import type { AuthApisOptions } from 'nestjs-auth-apis';
import { AuthApis } from 'nestjs-auth-apis';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { expect, onTestFinished, test } from 'vitest';
import { resolveOptions } from '../../../lib/config/resolve-options.js';
import { DashboardFeed } from '../../../lib/dashboard/dashboard-feed.js';
import { failureOf } from '../../support/outcome.js';
import { fakeSparkfly, sparkflyAccount } from '../../support/vendors.js';

const MINUTE = 60_000;

/** The feed alone, without Nest, on a clock that stands still; nobody refreshes in the background. */
async function setUp(options: AuthApisOptions = {}) {
  const clock = new ManualClock();
  const tokenLifetimeMs = 10 * MINUTE;
  const vendor = await fakeSparkfly({ clock, tokenLifetimeMs });
  const sparkfly = sparkflyAccount(vendor, { tokenLifetimeMs });
  const resolved = resolveOptions({ clock, sparkfly, ...options });
  const apis = new AuthApis(resolved, { add: () => {}, remove: () => {} });
  const feed = new DashboardFeed({ get: () => apis } as unknown as ModuleRef, { unguarded: true });
  feed.onModuleInit();
  onTestFinished(() => apis.close());
  const open = (): (() => string[]) => {
    const viewer = feed.open()!.setEncoding('utf8');
    let text = '';
    viewer.on('data', (more: string) => (text += more));
    return () => {
      const messages = text.split('\n\n').filter(Boolean);
      text = '';
      return messages;
    };
  };
  return { clock, vendor, apis, feed, open };
}

const kinds = (messages: string[]): string[] => messages.map((message) => /^event: (\w+)/m.exec(message)![1]!);

test('while nobody looks there is no timer; with the last page the last one goes', async () => {
  const { clock, apis, feed } = await setUp();
  await apis.client('sparkfly').tokens.get();
  expect(clock.pendingTimers).toBe(0);
  const viewers = [feed.open()!, feed.open()!];
  expect(clock.pendingTimers).toBe(1);
  for (const viewer of viewers) viewer.destroy();
  expect([clock.pendingTimers, feed.viewers]).toEqual([0, 0]);
});

test('says every ten seconds that it is there, and nothing while nothing changes', async () => {
  const { clock, open } = await setUp();
  const heard = open();
  await clock.advance(60_000);
  expect(kinds(heard())).toEqual(['snapshot', ...Array<string>(6).fill('beat')]);
});

test('ends each stream after ten minutes, so that whoever looks on is let in again or not', async () => {
  const { clock, feed } = await setUp();
  const first = feed.open()!.resume();
  await clock.advance(5 * MINUTE);
  const second = feed.open()!.resume();
  await clock.advance(5 * MINUTE + 1_000);
  expect([first.readableEnded, second.readableEnded, feed.viewers]).toEqual([true, false, 1]);
  await clock.advance(5 * MINUTE);
  expect([second.readableEnded, feed.viewers]).toEqual([true, 0]);
});

test('what changes with time alone is told: a token that nobody uses turns stale, and expires', async () => {
  const { clock, apis, open } = await setUp();
  await apis.client('sparkfly').tokens.get();
  const heard = open();
  await clock.advance(1_000);
  heard();
  const told = async (minutes: number): Promise<string> => {
    await clock.advance(minutes * MINUTE);
    return heard()
      .filter((message) => message.startsWith('event: change'))
      .join('\n');
  };
  expect(await told(9)).toContain('"state":"stale","');
  expect(await told(1)).toMatch(/"health":"idle"/);
});

test('a burst of events is told at once, to each page', async () => {
  const { clock, apis, open, vendor } = await setUp();
  const pages = [open(), open()];
  await clock.advance(0);
  for (const heard of pages) heard();
  const { tokens } = apis.client('sparkfly');
  for (let i = 0; i < 20; i++) {
    await tokens.refresh();
    vendor.failNext({ on: 'token', status: 500 });
    await failureOf(tokens.refresh());
  }
  await clock.advance(100);
  for (const heard of pages) {
    const [change, ...more] = heard();
    expect(more).toEqual([]);
    expect(JSON.parse(change!.split('data: ')[1]!)).toMatchObject({ events: { length: 40 }, accounts: { length: 1 } });
  }
});

test('who comes later gets everything, and the others no gap and nothing twice', async () => {
  const { clock, apis, open } = await setUp();
  const first = open();
  await clock.advance(0);
  first();
  await apis.client('sparkfly').tokens.get();
  const second = open();
  await clock.advance(100);
  expect(kinds(first())).toEqual(['change']);
  const [snapshot, ...rest] = second();
  expect(JSON.parse(snapshot!.split('data: ')[1]!)).toMatchObject({
    accounts: [{ health: 'up', isConfigured: true }],
    events: [{ event: { type: 'tokenObtained' } }],
  });
  expect(rest).toEqual([]);
});

test('an account that the app looks up leaves the page when it is well again', async () => {
  let key = 'wrong';
  const vendor = await fakeSparkfly();
  const resolve = () => ({ identity: vendor.identity, key });
  const { clock, apis, open } = await setUp({ sparkfly: { baseURL: vendor.baseURL, accounts: { resolve } } });
  const { tokens } = apis.client('sparkfly', 'shop');
  await failureOf(tokens.get());
  const heard = open();
  await clock.advance(0);
  expect(heard()[0]).toContain('"account":"shop"');
  key = vendor.key;
  await tokens.refresh();
  await clock.advance(6_000);
  const changes = heard()
    .filter((message) => message.startsWith('event: change'))
    .join('\n');
  expect(changes).toContain('"gone":["[\\"sparkfly\\",\\"shop\\",null,true]"]');
  expect(changes).toContain('"counts":{"up":1,"failing":0,"down":0,"idle":0}');
});

test('at shutdown every page is told the end, and none is let in', async () => {
  const { clock, feed, open } = await setUp();
  open();
  await clock.advance(0);
  feed.beforeApplicationShutdown();
  await clock.advance(0);
  expect([feed.viewers, clock.pendingTimers, feed.open()]).toEqual([0, 0, undefined]);
});
