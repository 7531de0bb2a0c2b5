import type { UpstreamResponse } from '../config/options.js';
import { LogLine } from './log-line.js';

type Rule = (answer: UpstreamResponse) => boolean;

/**
 * The app's own word on which answers refuse the token. Where it throws, the usual one counts, status 401: a call that has
 * succeeded must not fail by it.
 *
 * @param tell hears of the first error; one for each call would drown the log
 */
export function carefully(isUnauthorized: Rule, tell: (error: unknown) => void): Rule {
  let isTold = false;
  return (answer) => {
    try {
      return isUnauthorized(answer);
    } catch (error) {
      if (!isTold) tell(error);
      isTold = true;
      return answer.status === 401;
    }
  };
}

/** What is told of that. The error's kind alone: what it says may quote the answer. */
export function badRuleLine(error: unknown): LogLine {
  const kind = error instanceof Error ? error.name : typeof error;
  const text = `\`isUnauthorized\` has thrown (${kind}), and an answer with status 401 counts as refused in its place; over undici and \`fetch\` there is no \`data\` for it to read`;
  return new LogLine(text, { event: 'isUnauthorizedThrew', kind });
}
