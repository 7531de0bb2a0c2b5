/** What surrounds the command: a process, or a test. */
export interface World {
  /** Read, and added to from a `.env`. */
  readonly env: Record<string, string | undefined>;
  readonly cwd: string;
  /** How wide the terminals are that stdout and stderr lead to; no end where there is none. */
  readonly columns?: { readonly out: number; readonly err: number };
  readonly isColoured: boolean;
  /** What was asked for: stdout. */
  out(text: string): void;
  /** What is said beside: stderr. */
  err(text: string): void;
}
