/** Runs one scenario in this process and sends what it measured to the one that started it. */
import { SCENARIOS } from './scenarios/all.js';

// Some contenders leave a refresh that failed behind without anybody to catch it; an app would go down with it.
const orphaned: unknown[] = [];
process.on('unhandledRejection', (error) => orphaned.push(error));

const scenario = SCENARIOS.find(({ id }) => id === process.argv[2]);
if (!scenario)
  throw new Error(`there is no scenario "${process.argv[2]}": ${SCENARIOS.map(({ id }) => id).join(', ')}`);
const samples = await scenario.measure();
if (orphaned.length > 0)
  process.stderr.write(`${scenario.id}: ${orphaned.length} unhandled rejections: ${String(orphaned[0])}\n`);
if (process.send) {
  process.send(samples);
  process.disconnect();
} else {
  process.stdout.write(`${JSON.stringify(samples)}\n`);
}
