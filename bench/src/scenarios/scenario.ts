import type { Samples } from '../meters/samples.js';

/** One question, asked of several contenders in a process of its own. */
export interface Scenario {
  readonly id: string;
  readonly title: string;
  /** What Node is started with. */
  readonly nodeFlags: readonly string[];
  readonly measure: () => Promise<Samples>;
}
