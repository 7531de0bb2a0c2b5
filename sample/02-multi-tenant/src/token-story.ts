// The life of the tokens, a line for each event that this story is about: whose token, and what happened to it.
import type { OnModuleInit } from '@nestjs/common';
import { Injectable } from '@nestjs/common';
import type { AuthApisEvent } from 'nestjs-auth-apis';
import { AuthApis } from 'nestjs-auth-apis';

@Injectable()
export class TokenStory implements OnModuleInit {
  constructor(private readonly apis: AuthApis) {}

  /** No need to unsubscribe: the events end with the app. */
  onModuleInit(): void {
    this.apis.events$.subscribe(tell);
  }
}

/** Events hold no secret, all of them may be shown. */
function tell(event: AuthApisEvent): void {
  const say = (what: string): void => console.log(`   token of ${event.account}: ${what}`);
  switch (event.type) {
    case 'tokenRequested':
      return say('wanted, so its row is read');
    case 'tokenObtained':
      return say('received');
    case 'tokenRejected':
      return say('refused by the API, thrown away');
    case 'secretRotated':
      return say(`Sparkfly takes the ${event.secret} key, it goes first from now on`);
    case 'callRetried':
      return say(`the call was repeated with another one and ${event.accepted ? 'accepted' : 'refused again'}`);
    case 'tokenRequestFailed':
    case 'tokenRequestDenied':
      return say(event.error.message);
    case 'accountEvicted':
    case 'storeUnavailable':
    case 'storeAvailable':
    case 'tokenCacheClosed':
      return; // not of this story
  }
}
