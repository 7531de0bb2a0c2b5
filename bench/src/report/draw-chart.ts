import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { CONTENDERS } from '../contenders/all.js';
import { quantile } from '../meters/samples.js';
import type { Results } from './results.js';

interface Bar {
  readonly title: string;
  readonly isOurs: boolean;
  readonly median: number;
  /** The middle half of the rounds lies between these. */
  readonly low: number;
  readonly high: number;
}

const BASE = 'static-nest-axios';
const WIDTH = 860;
const LABELS = 330;
const RIGHT = 60;
const TOP = 70;
const ROW = 28;
const BAR = 16;
const BOTTOM = 64;

const CHART = fileURLToPath(new URL('../../chart.svg', import.meta.url));

/** Draws the throughput over loopback. @returns where */
export async function drawChart({ samples, node }: Pick<Results, 'samples' | 'node'>): Promise<string> {
  await writeFile(CHART, svg(barsOf(samples['loopback'] ?? {}), node));
  return CHART;
}

function barsOf(loopback: Results['samples'][string]): Bar[] {
  const below = loopback[BASE]?.callsPerSecond ?? [];
  const known = CONTENDERS.filter(({ id }) => id in loopback);
  return known
    .map(({ id, title, role }) => {
      const ratios = loopback[id]!.callsPerSecond!.map((value, round) => value / below[round]!);
      const [low, median, high] = [0.25, 0.5, 0.75].map((part) => quantile(ratios, part)) as [number, number, number];
      return { title: title.replaceAll('`', ''), isOurs: role === 'ours', low, median, high };
    })
    .toSorted((a, b) => b.median - a.median);
}

function svg(bars: readonly Bar[], node: string): string {
  const height = TOP + bars.length * ROW + BOTTOM;
  const most = Math.ceil(Math.max(1, ...bars.map(({ high }) => high)) * 2) / 2;
  const x = (value: number): number => LABELS + (value / most) * (WIDTH - LABELS - RIGHT);
  const title = 'Calls per second over loopback, relative to @nestjs/axios with a static header';
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="title">`,
    `<title id="title">${title}</title>`,
    STYLE,
    `<rect class="page" width="${WIDTH}" height="${height}" rx="8"/>`,
    `<text class="title" x="20" y="30">${title}</text>`,
    `<text class="note" x="20" y="50">64 calls at a time; median of the rounds, the lines span the middle half of them</text>`,
    ...axis(x, most, TOP + bars.length * ROW),
    ...bars.flatMap((bar, i) => row(bar, TOP + i * ROW, x)),
    `<text class="note" x="${x(most / 2)}" y="${height - 14}" text-anchor="middle">times @nestjs/axios, Node ${node}</text>`,
    '</svg>\n',
  ].join('\n');
}

/** Colours that hold on white and on black; those of the text follow the reader's scheme. */
const STYLE = `<style>
  text { font: 13px system-ui, -apple-system, 'Segoe UI', sans-serif; fill: #1f2328; }
  .page { fill: #ffffff; }
  .title { font-size: 16px; font-weight: 600; }
  .note { font-size: 12px; fill: #59636e; }
  .ours-text { font-weight: 600; }
  .bar { fill: #8c959f; }
  .ours { fill: #1a7f64; }
  .whisker, .one { stroke: #59636e; }
  .grid { stroke: #d1d9e0; }
  .one { stroke-dasharray: 4 3; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .page { fill: #0d1117; }
    .note { fill: #9198a1; }
    .bar { fill: #6e7681; }
    .ours { fill: #3fb68b; }
    .whisker, .one { stroke: #9198a1; }
    .grid { stroke: #3d444d; }
  }
</style>`;

function axis(x: (value: number) => number, most: number, bottom: number): string[] {
  const ticks = Array.from({ length: most * 2 + 1 }, (_, i) => i / 2);
  return ticks.flatMap((tick) => [
    `<line class="${tick === 1 ? 'one' : 'grid'}" x1="${x(tick)}" x2="${x(tick)}" y1="${TOP - 6}" y2="${bottom}"/>`,
    `<text class="note" x="${x(tick)}" y="${bottom + 18}" text-anchor="middle">${tick}</text>`,
  ]);
}

function row({ title, isOurs, median, low, high }: Bar, top: number, x: (value: number) => number): string[] {
  const middle = top + BAR / 2;
  const width = x(median) - x(0);
  return [
    `<text class="${isOurs ? 'ours-text' : ''}" x="${LABELS - 10}" y="${middle + 4}" text-anchor="end">${escaped(title)}</text>`,
    `<rect class="${isOurs ? 'ours' : 'bar'}" x="${x(0)}" y="${top}" width="${width.toFixed(1)}" height="${BAR}" rx="2"/>`,
    `<line class="whisker" x1="${x(low).toFixed(1)}" x2="${x(high).toFixed(1)}" y1="${middle}" y2="${middle}"/>`,
    `<text class="note" x="${(x(high) + 8).toFixed(1)}" y="${middle + 4}">${median.toFixed(2)}</text>`,
  ];
}

const escaped = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
