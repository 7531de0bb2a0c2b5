import { CONTENDERS } from '../contenders/all.js';
import type { Contender } from '../contenders/contender.js';
import { type Figure, figureOf, ratioOf, type Samples } from '../meters/samples.js';
import { type Metric, METRICS } from './metrics.js';
import type { Measured } from './results.js';

/** One of ours against one contender on the same transport, in one figure. */
export interface Rivalry {
  readonly scenario: string;
  readonly metric: string;
  readonly ours: string;
  readonly contender: string;
  /** Ours divided by the contender's; for counts, ours minus the contender's. */
  readonly figure: Figure;
  /** How much worse ours is; below zero it is better. */
  readonly behind: number;
  readonly isAhead: boolean;
}

/** Less than this is noise. */
const NOISE = 0.02;

/** Every figure of ours against that of the best who keeps tokens fresh on the same transport. */
export function rivalries(measured: Measured): Rivalry[] {
  const best = new Map<string, Rivalry>();
  for (const each of allRivalries(measured)) {
    const key = [each.scenario, each.metric, each.ours].join(' ');
    const known = best.get(key);
    if (!known || each.behind > known.behind) best.set(key, each);
  }
  return [...best.values()];
}

function allRivalries(measured: Measured): Rivalry[] {
  const all = Object.entries(measured).flatMap(([scenario, samples]) =>
    Object.entries(METRICS[scenario] ?? {}).flatMap(([metric, kind]) =>
      pairs().map(([ours, contender]) => compare(scenario, samples, metric, kind, ours, contender)),
    ),
  );
  return all.filter((each) => each !== undefined);
}

function pairs(): [ours: Contender, contender: Contender][] {
  const ours = CONTENDERS.filter(({ role }) => role === 'ours');
  const others = CONTENDERS.filter(({ role }) => role === 'refreshing');
  return ours.flatMap((own) =>
    others.filter(({ transport }) => transport === own.transport).map((other): [Contender, Contender] => [own, other]),
  );
}

function compare(
  scenario: string,
  samples: Samples,
  metric: string,
  { better, isCount, isNoContest }: Metric,
  ours: Contender,
  contender: Contender,
): Rivalry | undefined {
  const [own, theirs] = [samples[ours.id]?.[metric], samples[contender.id]?.[metric]];
  if (!own || !theirs || isNoContest) return undefined;
  const rounds = Math.min(own.length, theirs.length);
  const figure = isCount
    ? figureOf([Math.max(...own) - Math.max(...theirs)])
    : ratioOf(own.slice(0, rounds), theirs.slice(0, rounds));
  const behind = isCount ? figure.median : (figure.median - 1) * (better === 'less' ? 1 : -1);
  const isAhead = behind > (isCount ? 0 : NOISE);
  return { scenario, metric, ours: ours.id, contender: contender.id, figure, behind, isAhead };
}
