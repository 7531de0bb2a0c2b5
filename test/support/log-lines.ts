import type { LogLevel } from '@nestjs/common';
import { Logger } from '@nestjs/common';
import { onTestFinished } from 'vitest';

/** What is logged at one level from now on, as sentences; nothing is printed until the test ends. */
export function logLines(level: LogLevel): string[] {
  const lines: string[] = [];
  const none = (): void => undefined;
  const keep = (line: unknown): void => void lines.push(String(line));
  Logger.overrideLogger({ log: none, warn: none, error: none, debug: none, [level]: keep });
  onTestFinished(() => Logger.overrideLogger(false));
  return lines;
}
