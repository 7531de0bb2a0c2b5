import { Logger } from '@nestjs/common';
import { thrownText } from '../common/thrown.js';

const logger = new Logger('AuthApis');

/**
 * Runs our reporting where RxJS or a timer calls it: an error there would be an uncaught exception, which ends the process.
 * It is logged instead.
 */
export function survive(work: () => void): void {
  try {
    work();
  } catch (error) {
    try {
      logger.error(`A defect of nestjs-auth-apis: what reports events ${thrownText(error)}; calls and tokens go on`);
    } catch {
      // The logger is broken as well.
    }
  }
}
