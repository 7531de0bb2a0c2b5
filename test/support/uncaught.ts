import { onTestFinished } from 'vitest';

/** What nobody caught, from now to the end of the test: it would end the process of an app. */
export function uncaughtErrors(): readonly unknown[] {
  const uncaught: unknown[] = [];
  const note = (error: unknown): void => void uncaught.push(error);
  const events = ['uncaughtException', 'unhandledRejection'] as const;
  for (const event of events) process.on(event, note);
  onTestFinished(() => {
    for (const event of events) process.off(event, note);
  });
  return uncaught;
}
