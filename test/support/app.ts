import type { INestApplicationContext, ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { AuthApisOptions } from 'nestjs-auth-apis';
import { AuthApisModule } from 'nestjs-auth-apis';
import { onTestFinished } from 'vitest';

/** A running Nest app with the module in it, closed when the test ends. */
export async function startApp(
  options: AuthApisOptions,
  metadata: ModuleMetadata = {},
): Promise<INestApplicationContext> {
  const { imports = [], ...rest } = metadata;
  const testing = await Test.createTestingModule({
    imports: [AuthApisModule.forRoot(options), ...imports],
    ...rest,
  }).compile();
  testing.useLogger(false);
  const app = await testing.init();
  onTestFinished(() => app.close());
  return app;
}
