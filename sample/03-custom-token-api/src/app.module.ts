// The app: two vendors that the library has never heard of.
import { Module } from '@nestjs/common';
import type { AuthApisOptions } from 'nestjs-auth-apis';
import { accountsFor, AuthApisModule } from 'nestjs-auth-apis';
import { acme } from './apis/acme.api.js';
import { globex } from './apis/globex.api.js';
import { DemoModule } from './demo/demo.module.js';
import { FakeAcme } from './demo/fake-acme.js';
import { FakeGlobex } from './demo/fake-globex.js';
import { InvoicesService } from './invoices.service.js';
import { ParcelsService } from './parcels.service.js';
import { Story } from './demo/story.js';
import { TokenStory } from './token-story.js';

@Module({
  imports: [
    AuthApisModule.forRootAsync({
      imports: [DemoModule],
      inject: [FakeAcme, FakeGlobex],
      // An app of yours has `process.env.ACME_APP_KEY` and the like here, and no URLs: the definitions have them.
      useFactory: (fakeAcme: FakeAcme, fakeGlobex: FakeGlobex): AuthApisOptions => ({
        apis: [
          // Typed by the definition: leave `appKey` out, or misspell `warehouse`, and it does not compile.
          accountsFor(acme, {
            appId: fakeAcme.appId,
            appKey: fakeAcme.appKey,
            warehouse: 'rotterdam',
            baseURL: fakeAcme.url,
          }),
          accountsFor(globex, {
            clientId: fakeGlobex.clientId,
            clientSecret: () => fakeGlobex.clientSecret, // a function is asked at every token request
            scope: 'invoices:read',
            baseURL: fakeGlobex.url,
            tokenURL: 'oauth/token',
          }),
        ],
      }),
    }),
    DemoModule,
  ],
  providers: [ParcelsService, InvoicesService, TokenStory, Story],
})
export class AppModule {}
