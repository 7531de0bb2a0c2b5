// How the tokens are and what is planned for them; safe to show, neither holds a secret.
import { Controller, Get } from '@nestjs/common';
import type { TokenStatus, UpcomingAttempt } from 'nestjs-auth-apis';
import { AuthApis, TokenRefreshScheduler } from 'nestjs-auth-apis';

@Controller('status')
export class StatusController {
  constructor(
    private readonly apis: AuthApis,
    private readonly scheduler: TokenRefreshScheduler,
  ) {}

  @Get()
  show(): { accounts: TokenStatus[]; upcoming: UpcomingAttempt[] } {
    return { accounts: this.apis.statuses(), upcoming: this.scheduler.upcoming() };
  }
}
