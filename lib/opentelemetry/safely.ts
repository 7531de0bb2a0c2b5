import { diag } from '@opentelemetry/api';

/** Tokens flow whether or not somebody can watch them: what fails here goes to OpenTelemetry's own log, and no further. */
export function safely<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    diag.error('nestjs-auth-apis: a signal is lost', error);
    return undefined;
  }
}

/** Tells how something ends, to nobody's harm; what it ends with is for others to handle. */
export function whenEnded<T>(outcome: Promise<T>, tell: (error: unknown, result?: T) => void): void {
  outcome.then(
    (result) => safely(() => tell(undefined, result)),
    (error: unknown) => safely(() => tell(error ?? new Error('rejected with nothing'))),
  );
}
