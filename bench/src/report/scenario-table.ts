import { CONTENDERS } from '../contenders/all.js';
import { figureOf, ratioOf, type Samples } from '../meters/samples.js';
import { figureText, table } from './markdown.js';
import { METRICS } from './metrics.js';

/** All figures of one scenario: each, and what it is of the same transport's with a static header. */
export function scenarioTable(scenario: string, samples: Samples): string {
  const metrics = Object.entries(METRICS[scenario] ?? {});
  const relative = metrics.filter(
    ([metric, { isCount }]) => !isCount && ids(samples).some((id) => ratio(samples, id, metric)),
  );
  const heading = [
    '',
    ...metrics.map(([, { title }]) => title),
    ...relative.map(([, { title }]) => `${title} / static`),
  ];
  const rows = ids(samples).map((id) => [
    CONTENDERS.find((each) => each.id === id)?.title ?? id,
    ...metrics.map(([metric, { digits }]) => textOf(samples[id]![metric], digits)),
    ...relative.map(([metric]) => ratio(samples, id, metric) ?? ''),
  ]);
  return table(heading, rows);
}

const textOf = (values: number[] | undefined, digits: number): string =>
  values ? figureText(figureOf(values), digits) : '';

/** As the contenders are listed; what is none comes as it was measured. */
export function ids(samples: Samples): string[] {
  const known = CONTENDERS.map(({ id }) => id).filter((id) => id in samples);
  return [...known, ...Object.keys(samples).filter((id) => !known.includes(id))];
}

function ratio(samples: Samples, id: string, metric: string): string | undefined {
  const yardstick = CONTENDERS.find((each) => each.id === id)?.yardstick;
  if (!yardstick || yardstick === id) return undefined;
  const [own, below] = [samples[id]?.[metric], samples[yardstick]?.[metric]];
  return own && below ? figureText(ratioOf(own, below), 2) : undefined;
}
