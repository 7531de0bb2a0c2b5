// Covers `module/survive.ts` and `AuthApis.listen`: what listeners to events throw.
import { Logger } from '@nestjs/common';
import { AuthApisOpenTelemetryModule } from 'nestjs-auth-apis/opentelemetry';
import { accountsFor, AuthApis } from 'nestjs-auth-apis';
import { config, firstValueFrom } from 'rxjs';
import { expect, onTestFinished, test, vi } from 'vitest';
import { DashboardFeed } from '../../../lib/dashboard/dashboard-feed.js';
import { DASHBOARD_OPTIONS } from '../../../lib/dashboard/dashboard-options.js';
import { EventLog } from '../../../lib/dashboard/event-log.js';
import { TokenLog } from '../../../lib/module/token-log.js';
import { TokenMetrics } from '../../../lib/opentelemetry/token-metrics.js';
import { acme, acmeOf, acmeVendor, oneAccount } from '../../support/acme.js';
import { startApp } from '../../support/app.js';

/** What RxJS would throw where nobody catches it, which ends a process. */
function unhandledByRxJS(): unknown[] {
  const unhandled: unknown[] = [];
  const before = config.onUnhandledError;
  config.onUnhandledError = (error) => unhandled.push(error);
  onTestFinished(() => void (config.onUnhandledError = before));
  return unhandled;
}

const aTurnLater = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

test('a defect of the log, the dashboard or telemetry costs no call, ends no process, and is logged', async () => {
  const [unhandled, vendor, lines] = [unhandledByRxJS(), await acmeVendor(), [] as string[]];
  const ours = [
    vi.spyOn(TokenLog.prototype, 'write'),
    vi.spyOn(EventLog.prototype, 'add'),
    vi.spyOn(TokenMetrics.prototype, 'happened'),
  ];
  for (const spy of ours) spy.mockImplementation(() => void new Date(NaN).toISOString());
  const error = vi.spyOn(Logger.prototype, 'error').mockImplementation((line) => void lines.push(String(line)));
  onTestFinished(() => [...ours, error].forEach((spy) => spy.mockRestore()));
  const apis = [accountsFor(acme, oneAccount()(vendor))];
  const metadata = {
    imports: [AuthApisOpenTelemetryModule.forRoot()],
    providers: [DashboardFeed, { provide: DASHBOARD_OPTIONS, useValue: {} }],
  };
  const { client } = acmeOf(await startApp({ prefetch: 'none', apis }, metadata));
  const call = await firstValueFrom(client.get('/x'));
  await aTurnLater();
  expect(call.status).toBe(200);
  expect(ours.map((spy) => spy.mock.calls.length)).toEqual([2, 2, 2]);
  expect(unhandled).toEqual([]);
  expect(lines[0]).toMatch(/what reports events threw RangeError/);
  expect(vendor.asks).toHaveLength(1);
});

test('a defect in a logger that throws as well ends no process either', async () => {
  const [unhandled, vendor] = [unhandledByRxJS(), await acmeVendor()];
  const broken = (): never => {
    throw new Error('broken');
  };
  const spies = [
    vi.spyOn(TokenLog.prototype, 'write').mockImplementation(broken),
    vi.spyOn(Logger.prototype, 'error').mockImplementation(broken),
  ];
  onTestFinished(() => spies.forEach((spy) => spy.mockRestore()));
  const apis = [accountsFor(acme, oneAccount()(vendor))];
  const { client } = acmeOf(await startApp({ prefetch: 'none', apis }));
  expect((await firstValueFrom(client.get('/x'))).status).toBe(200);
  await aTurnLater();
  expect(unhandled).toEqual([]);
});

test('what an app’s own listener throws is RxJS’s to report; calls and other listeners notice nothing', async () => {
  const [unhandled, vendor] = [unhandledByRxJS(), await acmeVendor()];
  const apis = [accountsFor(acme, oneAccount()(vendor))];
  const app = await startApp({ prefetch: 'none', apis });
  const { client, events } = acmeOf(app);
  const bug = new Error('a bug of the app');
  const subscription = app.get(AuthApis).events$.subscribe(() => {
    throw bug;
  });
  onTestFinished(() => subscription.unsubscribe());
  expect((await firstValueFrom(client.get('/x'))).status).toBe(200);
  await aTurnLater();
  expect(events.map(({ type }) => type)).toEqual(['tokenRequested', 'tokenObtained']);
  expect(unhandled).toEqual([bug, bug]);
});
