/** What the user can mend: told as it stands, without a stack. Its message holds no secret. */
export class UsageError extends Error {
  /** `usage`: the command line. `configuration`: the environment, a file, an option. */
  readonly kind: 'usage' | 'configuration';

  constructor(message: string, kind: UsageError['kind'] = 'configuration') {
    super(message);
    this.kind = kind;
  }
}
