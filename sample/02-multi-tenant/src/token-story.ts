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
    case 'requested':
      return say('wanted, so its row is read');
    case 'refreshed':
      return say('received');
    case 'rejected':
      return say('refused by the API, thrown away');
    case 'rotated':
      return say(`Sparkfly takes the ${event.secret} key, it goes first from now on`);
    case 'replayed':
      return say(`the call was repeated with another one and ${event.accepted ? 'accepted' : 'refused again'}`);
    case 'failed':
    case 'refused':
      return say(event.error.message);
    case 'evicted':
    case 'storeLost':
    case 'storeBack':
    case 'stopped':
      return; // not of this story
  }
}
