import { context, propagation, trace } from '@opentelemetry/api';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { expect, test } from 'vitest';
import { AccountAttributes } from '../../../lib/opentelemetry/account-attributes.js';
import { TelemetryObserver } from '../../../lib/opentelemetry/telemetry.observer.js';
import { TokenMetrics } from '../../../lib/opentelemetry/token-metrics.js';
import { TokenSpans } from '../../../lib/opentelemetry/token-spans.js';
import { Telemetry, traced } from '../../support/telemetry.js';

const label = { api: 'acme', account: 'east' };

function setUp() {
  const [telemetry, clock] = [new Telemetry(), new ManualClock()];
  const accounts = new AccountAttributes([label]);
  const metrics = new TokenMetrics(telemetry.meterProvider.getMeter('test'), accounts);
  const spans = new TokenSpans(telemetry.tracerProvider.getTracer('test'), accounts);
  return { telemetry, clock, observer: new TelemetryObserver(clock, metrics, spans) };
}

const active = async () => trace.getActiveSpan()?.spanContext().spanId;

const token = { source: 'vendor' } as const;

test('what a wait runs is in its span, with the caller’s baggage; what an attempt runs in its own, with none', async () => {
  const { telemetry, observer } = setUp();
  const seen: unknown[] = [];
  const note = async () => {
    seen.push([await active(), propagation.getActiveBaggage()?.getAllEntries().length]);
    return token;
  };
  const baggage = propagation.createBaggage({ customer: { value: 'acme' } });
  await traced(telemetry, () =>
    context.with(propagation.setBaggage(context.active(), baggage), async () => {
      await observer.wait(label, note, 'call');
      await observer.attempt(label, note);
    }),
  );
  const [wait, request] = telemetry.spans();
  expect(seen).toEqual([
    [wait!.spanContext().spanId, 1],
    [request!.spanContext().spanId, undefined],
  ]);
  expect(request!.links).toEqual([]); // that wait was over
});

test('what comes out is the very promise of what was run, and so is its error', async () => {
  const { observer } = setUp();
  const outcome = Promise.resolve(token);
  expect(observer.wait(label, () => outcome, 'hand')).toBe(outcome);
  expect(observer.attempt(label, () => outcome)).toBe(outcome);
  const error = new Error('its own');
  await expect(observer.attempt(label, () => Promise.reject(error))).rejects.toBe(error);
});

test('time is that of the app', async () => {
  const { telemetry, clock, observer } = setUp();
  await observer.wait(label, () => clock.advance(2_500), 'call');
  observer.storeOperation('acquire', 40, 'ok');
  await new Promise(setImmediate);
  const sums = (await telemetry.collect()).map(({ dataPoints: [point] }) => (point!.value as { sum: number }).sum);
  expect(sums).toEqual([2.5, 0.04]);
});
