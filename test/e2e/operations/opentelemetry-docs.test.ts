import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { MeterProvider } from '@opentelemetry/sdk-metrics';
import type { AuthApisOptions } from 'nestjs-auth-apis';
import { accountsFor, getAuthClientToken } from 'nestjs-auth-apis';
import { AuthApisOpenTelemetryModule } from 'nestjs-auth-apis/opentelemetry';
import { firstValueFrom } from 'rxjs';
import { expect, test } from 'vitest';
import { ATTRIBUTE, METRIC, SPAN } from '../../../lib/opentelemetry/names.js';
import type { AcmeClient } from '../../support/acme.js';
import { acme, acmeOf, acmeVendor, json, keyOf } from '../../support/acme.js';
import { startApp } from '../../support/app.js';
import { failureOf } from '../../support/outcome.js';
import { MemoryStore } from '../../support/memory-store.js';
import { asked, exposed, expressionsOf } from '../../support/promql.js';
import { startPrometheus } from '../../support/telemetry.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (path: string): string => readFileSync(`${root}${path}`, 'utf8');

interface Panel {
  readonly id: number;
  readonly title: string;
  readonly type: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly uid: string };
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

const dashboard = JSON.parse(read('docs/grafana-dashboard.json')) as {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] };
};
const targets = dashboard.panels.flatMap(({ targets = [] }) => targets);
const rules = read('docs/prometheus-alerts.yml');

/** Everything that can happen to an account of the options and to one that is looked up, with a store that gets lost. */
async function liveThrough(meterProvider: MeterProvider): Promise<void> {
  const [vendor, store] = [await acmeVendor(), new MemoryStore()];
  const { baseURL } = vendor;
  const own = { baseURL, name: 'own', appId: 'own', appKey: keyOf('own') };
  const lookup = { baseURL, accounts: { resolve: (id: string) => ({ appId: id, appKey: keyOf(id) }) } };
  const options: AuthApisOptions = { prefetch: 'none', apis: [accountsFor(acme, [own, lookup])], store };
  const imports = [AuthApisOpenTelemetryModule.forRoot({ meterProvider })];
  const app = await startApp(options, { imports });
  const { apis } = acmeOf(app);
  const token = getAuthClientToken(acme, 'own');
  const client = (await startApp(options, { imports })).get<AcmeClient>(token);
  await app.get<AcmeClient>(token).tokens.get();
  await client.tokens.get(); // from the store
  vendor.tokens.clear();
  await firstValueFrom(client.get('/x'));
  vendor.deniesCalls = true;
  await failureOf(client.get('/x'));
  store.isDown = true;
  vendor.intercept = (_, response) => (json(response, 401, {}), true);
  await failureOf(client.tokens.refresh());
  await apis
    .client(acme, 'somebody')
    .tokens.get()
    .catch(() => {});
  apis.forget('acme', 'somebody');
}

/** Prometheus adds these by itself. */
const ITS_OWN = ['job', 'instance', 'le'];

/** What an expression asks for that no exporter tells. */
function missingIn(expression: string, metrics: ReturnType<typeof exposed>): string[] {
  const { metrics: wanted, groups } = asked(expression);
  const missing = wanted.flatMap(({ name, labels }) => {
    const known = metrics.get(name);
    if (!known) return [name];
    return labels
      .filter(([label]) => !ITS_OWN.includes(label))
      .filter(([label, value]) => !known.has(label) || (/^\w+$/.test(value) && !known.get(label)!.has(value)))
      .map(([label, value]) => `${name}{${label}="${value}"}`);
  });
  const labels = [...ITS_OWN, ...wanted.flatMap(({ name }) => [...(metrics.get(name)?.keys() ?? [])])];
  return [...(wanted.length ? missing : [expression]), ...groups.filter((group) => !labels.includes(group))];
}

test('the docs ask Prometheus for nothing that it does not get, and show every metric', async () => {
  const { meterProvider, scrape } = await startPrometheus();
  await liveThrough(meterProvider);
  const metrics = exposed(await scrape());
  const expressions = [...expressionsOf(rules), ...targets.map(({ expr }) => expr)];
  expect(expressions.length).toBeGreaterThan(25);
  expect(expressions.flatMap((expression) => missingIn(expression, metrics))).toEqual([]);
  const ours = Object.values(METRIC).map((name) => name.replaceAll('.', '_'));
  // One of them ends as the parts of a histogram do.
  const stem = (name: string): string => (ours.includes(name) ? name : name.replace(/_(total|count|sum|bucket)$/, ''));
  expect([...metrics.keys()].map(stem)).toEqual(expect.arrayContaining(ours));
  const shown = targets.flatMap(({ expr }) => asked(expr).metrics.map(({ name }) => stem(name)));
  expect(shown).toEqual(expect.arrayContaining(ours));
});

test('what is not there is noticed', () => {
  const metrics = exposed('auth_apis_store_up{job="a",state="x"} 1\n');
  expect(missingIn('sum by (job) (auth_apis_store_up{state="x"})', metrics)).toEqual([]);
  expect(missingIn('auth_apis_store_down', metrics)).toEqual(['auth_apis_store_down']);
  expect(missingIn('auth_apis_store_up{state="y",kind!=""}', metrics)).toHaveLength(2);
  expect(missingIn('sum by (kind) (auth_apis_store_up)', metrics)).toEqual(['kind']);
  expect(missingIn('sum(up)', metrics)).toEqual(['sum(up)']);
});

test('every expression is looked at, and what a legend or an alert says of it is there', () => {
  expect(expressionsOf(rules)).toHaveLength(rules.match(/- alert:/g)!.length);
  for (const { expr, legendFormat } of targets) {
    const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label!);
    expect(asked(expr).groups).toEqual(expect.arrayContaining(shown));
  }
  for (const rule of rules.split('- alert:').slice(1)) {
    const shown = [...rule.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label!);
    expect(asked(expressionsOf(`${rule}\n`)[0]!).groups).toEqual(expect.arrayContaining(shown));
    for (const word of ['severity', 'summary', 'description', 'runbook']) expect(rule).toContain(`${word}:`);
  }
});

test('what an alert counts can be read at night: so many in a time, not thousandths of one a second', () => {
  expect(expressionsOf(rules).filter((expression) => /\brate\(/.test(expression))).toEqual([]);
});

test('the guide has every name', () => {
  const guide = read('docs/metrics.md');
  const names = [METRIC, SPAN, ATTRIBUTE].flatMap((each): string[] => Object.values(each));
  expect(names.filter((name) => !guide.includes(`\`${name}\``))).toEqual([]);
});

test('the dashboard can be imported anywhere: its data source is asked for, its panels have places of their own', () => {
  const { panels, templating } = dashboard;
  expect(templating.list.map(({ name }) => name)).toEqual(['datasource', 'job', 'api', 'account']);
  expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
  for (const { datasource, type } of panels) if (type !== 'row') expect(datasource!.uid).toBe('${datasource}');
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
    Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
  );
  expect(new Set(cells).size).toBe(cells.length);
  expect(Math.max(...panels.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
});

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
if (!hasPromtool)
  console.warn('SKIPPED, no promtool on this machine: the alert rules are not tried. It comes with Prometheus.');

test.skipIf(!hasPromtool)('Prometheus takes the alert rules, and they fire when they should', () => {
  for (const args of [
    ['check', 'rules', 'docs/prometheus-alerts.yml'],
    ['test', 'rules', 'test/prometheus/alerts.test.yml'],
  ]) {
    const { status, stdout, stderr } = spawnSync('promtool', args, { cwd: root, encoding: 'utf8', timeout: 60_000 });
    expect([status, `${stdout}${stderr}`]).toEqual([0, expect.stringContaining('SUCCESS')]);
  }
});
