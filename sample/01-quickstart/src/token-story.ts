// The life of the tokens, a line for each event: which account, what happened, what is next.
import type { OnModuleInit } from '@nestjs/common';
import { Injectable, Logger } from '@nestjs/common';
import type { AuthApisEvent } from 'nestjs-auth-apis';
import { AuthApis } from 'nestjs-auth-apis';

@Injectable()
export class TokenStory implements OnModuleInit {
  private readonly logger = new Logger('Tokens');

  constructor(private readonly apis: AuthApis) {}

  /** No need to unsubscribe: the events end with the app. */
  onModuleInit(): void {
    this.apis.events$.subscribe((event) => this.tell(event));
  }

  private tell(event: AuthApisEvent): void {
    const say = (what: string): void => this.logger.log(`${event.api}: ${what}`);
    const until = (at: number): string => duration(at - event.at);
    switch (event.type) {
      case 'tokenRequested':
        return say('a token is asked for');
      case 'tokenObtained':
        return say(`token received, lives ${until(event.expiresAt)}; next refresh in ${until(event.refreshesAt)}`);
      case 'tokenRequestFailed':
      case 'tokenRequestDenied':
        return this.logger.log(`${event.error.message}; next attempt in ${until(event.nextAttemptAt)}`);
      case 'tokenRejected':
        return say('the API refused the token, it is thrown away; next: another token, and the call once more');
      case 'callRetried':
        return say(`the call was repeated with another token and ${event.accepted ? 'accepted' : 'refused again'}`);
      case 'secretRotated':
        return say(`the vendor takes the ${event.secret} of the two secrets, it goes first from now on`);
      case 'accountEvicted':
        return say('the account is let go, its next call asks for a token anew');
      case 'storeUnavailable':
        return this.logger.log('the store cannot be had, each replica asks for its own tokens');
      case 'storeAvailable':
        return this.logger.log('the store is back');
      case 'tokenCacheClosed':
        return say('no token is asked for any more');
    }
  }
}

function duration(ms: number): string {
  if (ms < 120_000) return `${(ms / 1_000).toFixed(1)} s`;
  return ms < 7_200_000 ? `${Math.round(ms / 60_000)} min` : `${(ms / 3_600_000).toFixed(1)} h`;
}
