import type { ApiAnswer } from '../config/options.js';

type Rule = (answer: ApiAnswer) => boolean;

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
