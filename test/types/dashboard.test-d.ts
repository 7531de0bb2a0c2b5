import type { CanActivate } from '@nestjs/common';
import { AuthApisDashboardModule, type AuthApisDashboardOptions } from 'nestjs-auth-apis/dashboard';

class AdminGuard implements CanActivate {
  canActivate(): boolean {
    return true;
  }
}

// Classes and instances of guards, for the page and for the button.
AuthApisDashboardModule.register({ guards: [AdminGuard] });
AuthApisDashboardModule.register({ path: 'ops/tokens', guards: [new AdminGuard()], allowRefresh: [AdminGuard] });
AuthApisDashboardModule.register({ unguarded: true, allowRefresh: true, title: 'Tokens' });

// @ts-expect-error -- a class that is no guard
const wrong: AuthApisDashboardOptions = { guards: [Date] };
void wrong;
