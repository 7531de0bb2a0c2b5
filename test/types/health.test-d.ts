import type { HealthCheckService } from '@nestjs/terminus';
import type { AuthApisHealthDetails, AuthApisHealthIndicator, AuthApisHealthOptions } from 'nestjs-auth-apis/health';
import { expectTrue, type Equal } from './expect-type.js';

// The key is a literal, and what stands below it is typed.
export function keys(tokens: AuthApisHealthIndicator): void {
  const { 'auth-apis': byDefault } = tokens.check();
  expectTrue<Equal<typeof byDefault.status, 'up' | 'down'>>();
  const { mine } = tokens.check('mine', { requireToken: true, accounts: [{ api: 'verbit' }] });
  expectTrue<Equal<typeof mine.accounts, AuthApisHealthDetails['accounts']>>();
  // @ts-expect-error -- an account is named by its API as well
  const wrong: AuthApisHealthOptions = { accounts: [{ account: 'east' }] };
  void wrong;
}

// Terminus takes it as it is.
export function checked(health: HealthCheckService, tokens: AuthApisHealthIndicator): Promise<unknown> {
  return health.check([() => tokens.check('vendor-tokens')]);
}
