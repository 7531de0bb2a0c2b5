// The life of the tokens, a line for each event that this story is about. No event holds a token.
import type { OnModuleInit } from '@nestjs/common';
import { Injectable } from '@nestjs/common';
import type { AuthApisEvent, TokenObtainedEvent } from 'nestjs-auth-apis';
import { AuthApis } from 'nestjs-auth-apis';

@Injectable()
export class TokenStory implements OnModuleInit {
  constructor(private readonly apis: AuthApis) {}

  /** No need to unsubscribe: the events end with the app. */
  onModuleInit(): void {
    this.apis.events$.subscribe(tell);
  }
}

function tell(event: AuthApisEvent): void {
  // `tokenParams` tells tokens of one account apart: the names of what they were asked for with, and a digest.
  const whose = event.tokenParams ? `${event.api} [${event.tokenParams}]` : event.api;
  if (event.type === 'tokenRequested') console.log(`   ${whose}: a token is asked for`);
  if (event.type === 'tokenObtained') console.log(`   ${whose}: ${lifeOf(event)}`);
  if (event.type === 'tokenRequestFailed' || event.type === 'tokenRequestDenied')
    console.log(`   ${event.error.message}`);
}

function lifeOf({ at, sequence, expiresAt, refreshesAt }: TokenObtainedEvent): string {
  return `token ${sequence} received, lives ${seconds(expiresAt - at)}, refresh in ${seconds(refreshesAt - at)}`;
}

const seconds = (ms: number): string => `${(ms / 1_000).toFixed(1)} s`;
