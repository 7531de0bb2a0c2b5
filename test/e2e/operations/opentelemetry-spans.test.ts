import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import type { AuthApisOptions } from 'nestjs-auth-apis';
import { AuthApis, getSparkflyClientToken, SparkflyClient } from 'nestjs-auth-apis';
import { ManualClock } from 'nestjs-auth-apis/testing';
import { AuthApisOpenTelemetryModule } from 'nestjs-auth-apis/opentelemetry';
import { firstValueFrom } from 'rxjs';
import { expect, onTestFinished, test } from 'vitest';
import { startApp } from '../../support/app.js';
import { expectNoSecret } from '../../support/leaks.js';
import { failureOf, until } from '../../support/outcome.js';
import { Telemetry, traced } from '../../support/telemetry.js';
import { fakeSparkfly, sparkflyAccount } from '../../support/vendors.js';

const REQUEST = 'auth_apis.token.request';
const WAIT = 'auth_apis.token.wait';

/** One account of a Sparkfly, traced. */
async function setUp(options: AuthApisOptions = {}) {
  const [telemetry, vendor] = [new Telemetry(), await fakeSparkfly({ clock: options.clock })];
  const sparkfly = sparkflyAccount(vendor);
  const app = await startApp({ prefetch: 'none', sparkfly, ...options }, { imports: [telemetry.module] });
  return { app, telemetry, vendor, client: app.get(SparkflyClient) };
}

const linked = ({ links }: ReadableSpan): string[] => links.map((link) => link.context.spanId);
const idOf = (span: ReadableSpan | undefined): string | undefined => span?.spanContext().spanId;
const traceOf = (span: ReadableSpan | undefined): string | undefined => span?.spanContext().traceId;

/** What is there to see of spans, wherever they are sent. */
const shown = (spans: ReadableSpan[]): object[] =>
  spans.map(({ name, attributes, status, events, links }) => ({ name, attributes, status, events, links }));

test('a call that waits, and the request that it waits for, are linked, and in traces of their own', async () => {
  const { telemetry, client } = await setUp();
  await traced(telemetry, () => firstValueFrom(client.get('/offers')));
  const [caller] = telemetry.spans('caller');
  const [wait, ...moreWaits] = telemetry.spans(WAIT);
  const [request, ...moreRequests] = telemetry.spans(REQUEST);
  expect([moreWaits, moreRequests]).toEqual([[], []]);
  expect(wait!.parentSpanContext?.spanId).toBe(idOf(caller));
  expect(request!.parentSpanContext).toBeUndefined();
  expect(traceOf(request)).not.toBe(traceOf(caller));
  expect(linked(wait!)).toEqual([idOf(request)]);
  expect(linked(request!)).toEqual([idOf(wait)]);
  const account = { 'auth_apis.api': 'sparkfly', 'auth_apis.account': 'default' };
  expect(request!.attributes).toEqual({ ...account, 'auth_apis.token.source': 'vendor' });
  expect(wait!.attributes).toEqual(account);
  expect([request!.kind, request!.status.code]).toEqual([SpanKind.INTERNAL, SpanStatusCode.UNSET]);
});

test('the HTTP request to the vendor is made in the request’s trace, and takes no baggage of the caller along', async () => {
  const { telemetry, client, vendor } = await setUp();
  const sent: unknown[] = [];
  const note = (message: unknown): void => {
    const { path } = (message as { request: { path: string } }).request;
    const baggage = propagation.getBaggage(context.active())?.getAllEntries();
    sent.push([path, trace.getActiveSpan()?.spanContext().spanId, baggage?.map(([key]) => key)]);
  };
  subscribe('http.client.request.start', note);
  onTestFinished(() => void unsubscribe('http.client.request.start', note));
  await traced(telemetry, () => {
    const baggage = propagation.createBaggage({ customer: { value: 'acme' } });
    return context.with(propagation.setBaggage(context.active(), baggage), () => firstValueFrom(client.get('/offers')));
  });
  const [request, caller] = [telemetry.spans(REQUEST)[0], telemetry.spans('caller')[0]];
  expect(sent).toEqual([
    [new URL(vendor.tokenURL).pathname, idOf(request), undefined],
    ['/v1.0/offers', idOf(caller), ['customer']],
  ]);
});

test('a thousand callers are one request, linked to as many of them as a span can bear', async () => {
  const { telemetry, client, vendor } = await setUp();
  vendor.setLatency(100);
  const calls = Array.from({ length: 1_000 }, () => traced(telemetry, () => client.tokens.get()));
  await Promise.all(calls);
  const [request, ...more] = telemetry.spans(REQUEST);
  const waits = telemetry.spans(WAIT);
  expect(more).toEqual([]);
  expect(waits).toHaveLength(1_000);
  expect(waits.every((wait) => linked(wait).join() === idOf(request))).toBe(true);
  expect(request!.links).toHaveLength(128);
  expect(request!.droppedLinksCount).toBe(0);
  expect(new Set(linked(request!)).size).toBe(128);
  expect(vendor.counters.tokenRequests).toBe(1);
});

test('who is not traced has no span, nor has who finds the token', async () => {
  const { telemetry, client } = await setUp();
  await client.tokens.get();
  await traced(telemetry, () => client.tokens.get());
  expect(telemetry.spans(WAIT)).toEqual([]);
  expect(telemetry.spans(REQUEST).map(linked)).toEqual([[]]);
});

test('a wait across attempts is linked to each; a failed one says why, and errors pass as they are', async () => {
  const clock = new ManualClock();
  const { telemetry, client, vendor } = await setUp({ clock });
  vendor.failNext({ status: 503 });
  const call = traced(telemetry, () => client.tokens.get());
  await until(() => telemetry.spans(REQUEST).length === 1);
  await clock.advance(5_000);
  await call;
  const requests = telemetry.spans(REQUEST);
  const [wait] = telemetry.spans(WAIT);
  expect(requests).toHaveLength(2);
  expect(linked(wait!)).toEqual(requests.map(idOf));
  expect(requests.map(linked)).toEqual([[idOf(wait)], [idOf(wait)]]);
  expect(requests[0]!.attributes).toMatchObject({
    'error.type': 'TOKEN_REQUEST_FAILED',
    'http.response.status_code': 503,
  });
  expect(requests[0]!.attributes).not.toHaveProperty('auth_apis.token.source');
  expect(requests[0]!.status).toMatchObject({
    code: SpanStatusCode.ERROR,
    message: client.tokens.status().lastError!.message,
  });
  expect(requests[1]!.status.code).toBe(SpanStatusCode.UNSET);
  vendor.failNext({ status: 401 });
  const error = await failureOf<Error>(traced(telemetry, () => client.tokens.refresh()));
  expect(error).toMatchObject({ code: 'CREDENTIALS_REJECTED', vendorStatus: 401 });
  expect(telemetry.spans(WAIT).at(-1)!.status).toEqual({ code: SpanStatusCode.ERROR, message: error.message });
});

test('who comes when a request has failed, or is among many, is linked to the next one', async () => {
  const clock = new ManualClock();
  const { telemetry, client, vendor } = await setUp({ clock });
  vendor.failNext({ status: 503 });
  await client.tokens.refresh().catch(() => {});
  const calls = Array.from({ length: 200 }, () => traced(telemetry, () => client.tokens.get()));
  await clock.advance(5_000);
  await Promise.all(calls);
  const [failed, request] = telemetry.spans(REQUEST);
  expect(new Set(telemetry.spans(WAIT).flatMap(linked))).toEqual(new Set([idOf(request)]));
  expect(failed!.links).toEqual([]);
  expect([request!.links.length, request!.droppedLinksCount]).toEqual([128, 0]);
});

test('a caller who leaves ends his span, and his reason is his own', async () => {
  const { telemetry, client, vendor } = await setUp();
  vendor.setLatency(200);
  const controller = new AbortController();
  const reason = new Error('with a fake-key in it');
  const call = failureOf(traced(telemetry, () => client.tokens.get({ signal: controller.signal })));
  controller.abort(reason);
  expect(await call).toBe(reason);
  const [wait] = telemetry.spans(WAIT);
  expect(wait).toMatchObject({ attributes: { 'error.type': '_OTHER' }, status: { code: SpanStatusCode.ERROR } });
  expect(wait!.status.message).toBeUndefined();
  await until(() => telemetry.spans(REQUEST).length === 1);
  expect(JSON.stringify(shown(telemetry.spans()))).not.toContain('fake-key');
});

test('a refresh in the background is a span that nobody waits for', async () => {
  const clock = new ManualClock();
  const { telemetry, client, vendor } = await setUp({ clock });
  await traced(telemetry, () => client.tokens.get());
  await clock.advance(23.5 * 3_600_000);
  expect(vendor.counters.tokenRequests).toBe(2);
  const [, refresh] = telemetry.spans(REQUEST);
  expect(refresh!.parentSpanContext).toBeUndefined();
  expect(refresh!.links).toEqual([]);
  expect(new Set(telemetry.spans(REQUEST).map(traceOf)).size).toBe(2);
});

test('neither a secret nor the id of an account that is looked up is in any signal, whatever goes wrong', async () => {
  const telemetry = new Telemetry();
  const vendor = await fakeSparkfly({ accounts: { 'customer-7': 'key-of-customer-7' } });
  const { identity, key, baseURL } = vendor;
  const lookup = { baseURL, accounts: { resolve: (id: string) => ({ identity: id, key: `key-of-${id}` }) } };
  const app = await startApp(
    { prefetch: 'none', sparkfly: [{ name: 'own', identity, key, baseURL }, lookup] },
    { imports: [telemetry.module] },
  );
  for (const id of ['own', 'customer-7', 'customer-8']) {
    const client =
      id === 'own' ? app.get<SparkflyClient>(getSparkflyClientToken(id)) : app.get(AuthApis).client('sparkfly', id);
    await traced(telemetry, () => client.tokens.refresh().catch(() => {}));
    vendor.failNext({ status: 401, body: { error: `no ${id === 'own' ? key : `key-of-${id}`}` } });
    await failureOf(traced(telemetry, () => client.tokens.refresh()));
    vendor.failNext({ action: 'reset' });
    await failureOf(traced(telemetry, () => client.tokens.refresh()));
    vendor.revokeTokens();
    await traced(telemetry, () => firstValueFrom(client.get('/offers')).catch(() => {}));
  }
  const all = [shown(telemetry.spans()), await telemetry.collect()];
  expect(telemetry.spans(REQUEST).length).toBeGreaterThan(9);
  expectNoSecret(all, [key, identity, 'key-of-', ...vendor.tokensIssued]);
  expect(JSON.stringify(all)).toContain('"own"');
  expect(JSON.stringify(all)).not.toContain('customer-');
});

test('telemetry that throws costs no call its token', async () => {
  const fails = (): never => {
    throw new Error('telemetry is broken');
  };
  const broken = { onStart: fails, onEnd: fails, forceFlush: async () => {}, shutdown: async () => {} };
  const telemetry = new Telemetry();
  const vendor = await fakeSparkfly();
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [broken] });
  const meterProvider = telemetry.meterProvider;
  const app = await startApp(
    { prefetch: 'none', sparkfly: sparkflyAccount(vendor) },
    { imports: [AuthApisOpenTelemetryModule.forRoot({ tracerProvider, meterProvider })] },
  );
  const client = app.get(SparkflyClient);
  await traced(telemetry, () => firstValueFrom(client.get('/offers')));
  vendor.failNext({ status: 503 });
  expect(await failureOf(traced(telemetry, () => client.tokens.refresh()))).toMatchObject({
    code: 'TOKEN_REQUEST_FAILED',
  });
  expect(await telemetry.points('auth_apis.token.wait.duration')).toHaveLength(1);
});
