import type { INestApplicationContext } from '@nestjs/common';
import { Cron, Interval, ScheduleModule, SchedulerRegistry, Timeout } from '@nestjs/schedule';
import { Test } from '@nestjs/testing';
import type { AuthApisOptionsError, UpcomingAttempt } from 'nestjs-auth-apis';
import { AuthApis, AuthApisModule, isAuthApisOptionsError, TokenRefreshScheduler } from 'nestjs-auth-apis';
import type { AttemptTimeout } from 'nestjs-auth-apis/schedule';
import { AuthApisScheduleModule } from 'nestjs-auth-apis/schedule';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { expect, test } from 'vitest';
import { startApp } from '../../support/app.js';
import { failureOf, until } from '../../support/outcome.js';
import { HOUR, START_AT } from '../../support/token-source.js';
import { fakeSparkfly, fakeVerbit, sparkflyAccount, verbitAccount } from '../../support/vendors.js';

/** What an app does at its own times. */
class Jobs {
  readonly seconds: number[] = [];
  intervals = 0;
  timeouts = 0;

  @Cron('* * * * * *', { name: 'own-cron' })
  everySecond(): void {
    this.seconds.push(Math.round(Date.now() / 1_000));
  }

  @Interval('own-interval', 200)
  often(): void {
    this.intervals++;
  }

  @Timeout('own-timeout', 50)
  once(): void {
    this.timeouts++;
  }
}

const imports = [ScheduleModule.forRoot(), AuthApisScheduleModule];

const timeoutOf = (registry: SchedulerRegistry, name: string): AttemptTimeout => registry.getTimeout(name);

const attemptsIn = (app: INestApplicationContext): Record<string, UpcomingAttempt> => {
  const registry = app.get(SchedulerRegistry);
  const ours = registry.getTimeouts().filter((name) => name.startsWith('auth-apis:'));
  return Object.fromEntries(ours.map((name) => [name, timeoutOf(registry, name).attempt]));
};

const upcomingIn = (app: INestApplicationContext): UpcomingAttempt[] => app.get(TokenRefreshScheduler).upcoming();

test('planned attempts stand beside the app’s own jobs, each of which runs once', async () => {
  const [verbit, sparkfly] = [await fakeVerbit(), await fakeSparkfly()];
  const accounts = [sparkflyAccount(sparkfly), sparkflyAccount(sparkfly, { name: 'east' })];
  const options = { prefetch: 'await' as const, verbit: verbitAccount(verbit), sparkfly: accounts };
  const app = await startApp(options, { imports, providers: [Jobs] });
  const registry = app.get(SchedulerRegistry);
  expect(Object.keys(attemptsIn(app)).sort()).toEqual([
    'auth-apis:sparkfly:default',
    'auth-apis:sparkfly:east',
    'auth-apis:verbit:default',
  ]);
  expect(Object.values(attemptsIn(app)).map(({ action }) => action)).toEqual(['refresh', 'refresh', 'refresh']);
  expect([...registry.getCronJobs().keys()]).toEqual(['own-cron']);
  expect(registry.getIntervals()).toEqual(['own-interval']);
  const jobs = app.get(Jobs);
  await until(() => jobs.seconds.length >= 2);
  expect(new Set(jobs.seconds).size).toBe(jobs.seconds.length);
  expect(jobs.timeouts).toBe(1);
  // Twice as many if they were doubled: each second has five.
  expect(jobs.intervals).toBeLessThanOrEqual(jobs.seconds.length * 5 + 5);
  expect(verbit.counters.tokenRequests + sparkfly.counters.tokenRequests).toBe(3);
});

test('none while a request is under way, then the next, at the time that the scheduler says', async () => {
  const clock = new ManualClock(START_AT);
  const vendor = await fakeVerbit({ clock, tokenLifetimeMs: HOUR });
  let answerAtLast = (): void => {};
  const asked = new Promise<string>((resolve) => (answerAtLast = () => resolve(vendor.apiKey)));
  const app = await startApp({ clock, verbit: verbitAccount(vendor, { apiKey: () => asked }) }, { imports });
  expect(attemptsIn(app)).toEqual({});
  answerAtLast();
  await until(() => upcomingIn(app).length > 0);
  expect(Object.values(attemptsIn(app))).toEqual(upcomingIn(app));
  vendor.failNext({ status: 503 });
  await clock.advance(upcomingIn(app)[0]!.at - clock.wallNow());
  await until(() => upcomingIn(app)[0]?.action === 'retry');
  expect(Object.values(attemptsIn(app))).toEqual(upcomingIn(app));
  clock.jumpWall(-2 * HOUR);
  expect(Object.values(attemptsIn(app))).toEqual(upcomingIn(app));
});

test('hours pass: as many token requests as without it, also when the app deletes what is shown', async () => {
  const requestsIn = async (withSchedule: boolean): Promise<number> => {
    const clock = new ManualClock(START_AT);
    const vendor = await fakeVerbit({ clock, tokenLifetimeMs: HOUR });
    const options = { clock, random: () => 0.5, verbit: verbitAccount(vendor) };
    const app = await startApp(options, withSchedule ? { imports } : {});
    await until(() => vendor.counters.tokenRequests === 1);
    for (let i = 0; i < 10; i++) {
      await clock.advance(HOUR);
      if (!withSchedule) continue;
      expect(Object.values(attemptsIn(app))).toEqual(upcomingIn(app));
      const registry = app.get(SchedulerRegistry);
      for (const name of registry.getTimeouts()) registry.deleteTimeout(name);
    }
    return vendor.counters.tokenRequests;
  };
  const without = await requestsIn(false);
  expect(without).toBeGreaterThanOrEqual(10);
  expect(await requestsIn(true)).toBe(without);
});

test('accounts that are looked up, and tokens with parameters, are not shown', async () => {
  const vendor = await fakeSparkfly();
  const { identity, key, baseURL } = vendor;
  const lookup = { baseURL, accounts: { resolve: () => ({ identity, key }) } };
  const own = sparkflyAccount(vendor, { name: 'own' });
  const app = await startApp({ prefetch: 'await', sparkfly: [own, lookup] }, { imports });
  const apis = app.get(AuthApis);
  await apis.client('sparkfly', 'a-customer').tokens.get();
  await apis.client('sparkfly', 'own').for({ authScope: 'offers' }).tokens.get();
  expect(upcomingIn(app)).toHaveLength(3);
  expect(Object.keys(attemptsIn(app))).toEqual(['auth-apis:sparkfly:own']);
});

test('two apps in one process show each their own, and nothing is left of one that is closed', async () => {
  const vendor = await fakeVerbit();
  const start = (name: string) =>
    startApp({ prefetch: 'await', verbit: verbitAccount(vendor, { name }) }, { imports, providers: [Jobs] });
  const [first, second] = [await start('one'), await start('two')];
  expect(Object.keys(attemptsIn(first))).toEqual(['auth-apis:verbit:one']);
  expect(Object.keys(attemptsIn(second))).toEqual(['auth-apis:verbit:two']);
  const registry = first.get(SchedulerRegistry);
  const timeout = timeoutOf(registry, 'auth-apis:verbit:one');
  await first.close();
  expect(registry.getTimeouts()).toEqual([]);
  expect(timeout).toMatchObject({ _destroyed: true });
  expect(Object.keys(attemptsIn(second))).toEqual(['auth-apis:verbit:two']);
});

test('an app without ScheduleModule.forRoot(), or without AuthApisModule, does not start, and is told what to import', async () => {
  const errorOf = async (...modules: Parameters<typeof Test.createTestingModule>[0]['imports'] & object) => {
    const testing = await Test.createTestingModule({ imports: [...modules, AuthApisScheduleModule] }).compile();
    const error = await failureOf<AuthApisOptionsError>(testing.init());
    expect(isAuthApisOptionsError(error)).toBe(true);
    return error.problems;
  };
  expect(await errorOf(AuthApisModule.forRoot({ prefetch: 'none' }))).toEqual([
    expect.stringMatching(/SchedulerRegistry is nowhere.*import ScheduleModule.forRoot\(\) of @nestjs\/schedule/),
  ]);
  expect(await errorOf(ScheduleModule.forRoot())).toEqual([
    expect.stringMatching(/AuthApis is nowhere.*import AuthApisModule.forRoot\(\)/),
  ]);
});
