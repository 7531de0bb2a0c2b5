// A logger with short lines, and without those about Nest's own start, so that the console reads as a story.
import type { LoggerService } from '@nestjs/common';

const NEST_ITSELF: unknown[] = [
  'NestFactory',
  'InstanceLoader',
  'RoutesResolver',
  'RouterExplorer',
  'NestApplication',
  'ExceptionHandler',
];

/** `log`, `warn` and `error`; the other levels are off. Nest gives the context last. */
export class StoryLogger implements LoggerService {
  log(message: unknown, ...more: unknown[]): void {
    print(console.log, message, more.at(-1));
  }

  warn(message: unknown, ...more: unknown[]): void {
    print(console.log, message, more.at(-1));
  }

  error(message: unknown, ...more: unknown[]): void {
    print(console.error, message, more.at(-1));
  }
}

function print(write: (...line: unknown[]) => void, message: unknown, context: unknown): void {
  if (NEST_ITSELF.includes(context)) return;
  const time = new Date().toISOString().slice(11); // UTC, as the times within the lines
  write(`${time} %s`, String(context).padEnd(8), message);
}
