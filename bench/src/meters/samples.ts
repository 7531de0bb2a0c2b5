/** What was measured: a number for every round, by contender and by what it is a measure of. */
export type Samples = Record<string, Record<string, number[]>>;

export function record(samples: Samples, contender: string, figures: Readonly<Record<string, number>>): void {
  const own = (samples[contender] ??= {});
  for (const [metric, value] of Object.entries(figures)) (own[metric] ??= []).push(value);
}

/** The middle of several rounds, and how far they lie apart. */
export interface Figure {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export function figureOf(values: readonly number[]): Figure {
  return { median: quantile(values, 0.5), min: Math.min(...values), max: Math.max(...values) };
}

/** Round by round, so that what slowed the machine down stands above and below the line. */
export function ratioOf(above: readonly number[], below: readonly number[]): Figure {
  return figureOf(above.map((value, round) => value / below[round]!));
}

/** The best of one against the best of the other: where it is far from the median, the machine was busy. */
export function bestRatioOf(above: readonly number[], below: readonly number[], better: 'less' | 'more'): number {
  const best = better === 'less' ? Math.min : Math.max;
  return best(...above) / best(...below);
}

/** Between two values the nearer to the middle of both. */
export function quantile(values: readonly number[] | Float64Array, part: number): number {
  const sorted = Float64Array.from(values).sort();
  const at = part * (sorted.length - 1);
  const [low, high] = [sorted[Math.floor(at)]!, sorted[Math.ceil(at)]!];
  return low + (high - low) * (at - Math.floor(at));
}
