/** How many violations of one rule are told in words. */
const TOLD = 5;

interface Check {
  seen: number;
  violations: number;
  readonly told: string[];
}

/** What must hold, how often it was looked at, and how often it did not. */
export class Checks {
  readonly #checks = new Map<string, Check>();
  readonly #startedAt = performance.now();

  /** Rules that the run is to look at, so that one that was never looked at shows. */
  constructor(rules: readonly string[]) {
    for (const rule of rules) this.#checks.set(rule, { seen: 0, violations: 0, told: [] });
  }

  /** Looks once. `what` tells a violation. */
  that(rule: string, holds: boolean, what: () => string): void {
    const check = this.#checks.get(rule);
    if (!check) throw new Error(`no such rule: ${rule}`);
    check.seen++;
    if (holds) return;
    check.violations++;
    const at = ((performance.now() - this.#startedAt) / 1_000).toFixed(1);
    if (check.told.length < TOLD) check.told.push(`at ${at} s: ${what()}`);
  }

  /** One line a rule, violations below theirs; how many rules held and how many did not. */
  report(): { lines: string[]; passed: number; failed: number } {
    const lines: string[] = [];
    let failed = 0;
    for (const [rule, { seen, violations, told }] of this.#checks) {
      const isGood = violations === 0 && seen > 0;
      if (!isGood) failed++;
      lines.push(`  ${isGood ? 'ok  ' : 'FAIL'} ${rule} (${seen} looks, ${violations} violations)`);
      lines.push(...told.map((line) => `         ${line}`));
    }
    return { lines, passed: this.#checks.size - failed, failed };
  }
}
