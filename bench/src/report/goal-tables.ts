import { CONTENDERS } from '../contenders/all.js';
import type { GoalResult } from './goals.js';
import { figureText, number, table } from './markdown.js';
import { METRICS } from './metrics.js';
import type { Rivalry } from './rivals.js';

export function goalTable(goals: readonly GoalResult[]): string {
  if (goals.length === 0) return 'No goal is about what was measured.';
  const verdict = ({ isReached }: GoalResult): string =>
    isReached === undefined ? 'not measured' : isReached ? 'reached' : 'NOT reached';
  const rows = goals.map((each) => [
    each.goal,
    each.figure ? figureText(each.figure, 2) : '',
    each.best === undefined ? '' : number(each.best, 2),
    each.limit,
    verdict(each),
  ]);
  return table(['goal', 'measured', 'best rounds', 'wanted', ''], rows);
}

/** Where somebody else on the same transport is better, of all that was compared. */
export function aheadTable(compared: readonly Rivalry[]): string {
  if (compared.length === 0) return 'Nobody of ours was measured beside another on the same transport.';
  const ahead = compared.filter(({ isAhead }) => isAhead);
  if (ahead.length === 0) return 'On the same transport no contender is better in any figure.';
  const titleOf = (id: string): string => CONTENDERS.find((each) => each.id === id)?.title ?? id;
  const rows = ahead.map(({ scenario, metric, ours, contender, figure }) => [
    `${scenario}: ${METRICS[scenario]![metric]!.title}`,
    titleOf(ours),
    titleOf(contender),
    `${METRICS[scenario]![metric]!.isCount ? 'ours more by ' : ''}${figureText(figure, 2)}`,
  ]);
  return table(['better on the same transport', 'than', 'is', 'ours / theirs'], rows);
}
