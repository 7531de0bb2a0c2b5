import type { Reporter, TestModule } from 'vitest/node';

/** More than these, and it is not the machine. */
const MOST = 3;

/**
 * On the shared machine of a gate, a test that lives in real time may be starved once; so each has a second try there. Who
 * needed it is told, and several are a failure.
 */
export default class SecondTriesReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[]): void {
    const passed = modules.flatMap(({ children }) => [...children.allTests('passed')]);
    const flaky = passed.filter((test) => test.diagnostic()?.flaky);
    for (const { module, fullName } of flaky) console.warn(`SECOND TRY: ${module.relativeModuleId} > ${fullName}`);
    if (flaky.length <= MOST) return;
    console.error(`${flaky.length} tests passed at their second try only; more than ${MOST} are a failure.`);
    process.exitCode = 1;
  }
}
