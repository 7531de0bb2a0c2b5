import type { INestApplicationContext, ModuleMetadata } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import type { AuthApisOptions } from 'nestjs-auth-apis';
import { AuthApisModule } from 'nestjs-auth-apis';
import { onTestFinished } from 'vitest';
import { ApiAccounts } from '../../lib/config/accounts-for.js';

/** `TEST_TRANSPORT=undici` runs whatever is written for the default transport over the other one. */
const transport = process.env.TEST_TRANSPORT as 'undici' | undefined;

function carried<T>(entry: T): T {
  if (Array.isArray(entry)) return entry.map(carried) as T;
  return entry && typeof entry === 'object' ? { transport, ...entry } : entry;
}

function overTransport(options: AuthApisOptions): AuthApisOptions {
  if (!transport) return options;
  const { verbit, sparkfly, apis } = options;
  return {
    ...options,
    ...(verbit && { verbit: carried(verbit) }),
    ...(sparkfly && { sparkfly: carried(sparkfly) }),
    ...(apis && { apis: apis.map((each) => new ApiAccounts(each.api, carried(each.read()))) }),
  };
}

/** A running Nest app with the module in it, closed when the test ends. */
export async function startApp(
  options: AuthApisOptions,
  metadata: ModuleMetadata = {},
): Promise<INestApplicationContext> {
  const { imports = [], ...rest } = metadata;
  const testing = await Test.createTestingModule({
    imports: [AuthApisModule.forRoot(overTransport(options)), ...imports],
    ...rest,
  }).compile();
  testing.useLogger(false);
  const app = await testing.init();
  onTestFinished(() => app.close());
  return app;
}
