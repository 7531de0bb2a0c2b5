import { accountText, durationText } from '../common/messages.js';
import { oneLine } from '../common/one-line.js';
import { headerValue } from '../vendors/token-placement.js';
import { accountReport } from './account-report.js';
import type { Arguments } from './arguments.js';
import type { Configuration } from './configuration.js';
import { exitCodeOf } from './exit-code.js';
import { painter } from './paint.js';
import { probe } from './probe.js';
import { reportTable } from './report-table.js';
import { oneTarget } from './targets.js';
import { UsageError } from './usage.error.js';
import type { World } from './world.js';

/** Prints a token, and nothing else to stdout. @throws UsageError */
export async function token(args: Arguments, { options, nameOf }: Configuration, world: World): Promise<number> {
  const target = oneTarget(options, args);
  const probed = await probe(target, options.clock, args.timeoutMs ?? options.tokenRequestTimeoutMs);
  const report = accountReport(probed, nameOf, world.env);
  if (!probed.granted) {
    world.err(`${reportTable([report], painter(world), world.columns?.err)}\n`);
    return exitCodeOf([report.outcome]);
  }
  const { exchange, life } = probed.granted;
  const { tokenHeader } = target.resolved.api;
  const header = `${tokenHeader.name}: ${headerValue(tokenHeader, exchange.token)}`;
  world.out(`${args.flags.has('header') ? header : exchange.token}\n`);
  const about = `${accountText(probed.label)}: lives ${durationText(life.ms)}, for ${report.origins.join(' ')}`;
  world.err(`${oneLine(about)}\n`);
  return exitCodeOf([report.outcome]);
}

/** What must be right before anybody is asked. @throws UsageError */
export function checkTokenArguments({ api, flags }: Arguments): void {
  if (api === undefined) throw new UsageError('Say of which API, e.g. token verbit --print', 'usage');
  if (flags.has('print') && flags.has('header')) throw new UsageError('Either --print or --header, not both.', 'usage');
  if (flags.has('print') || flags.has('header')) return;
  const lines = [
    'A token is a secret: it is printed when a flag says so. No vendor was asked.',
    `  token ${api} --print     the token alone`,
    `  token ${api} --header    the whole header line, for`,
    `  curl -H "$(npx nestjs-auth-apis token ${api} --header)" <URL>`,
  ];
  throw new UsageError(lines.join('\n'), 'usage');
}
