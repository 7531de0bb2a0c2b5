// The app: Sparkfly's accounts are the rows of a table, looked up when a tenant first calls.
import { Module } from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import type { AuthApisOptions } from 'nestjs-auth-apis';
import { AuthApisModule } from 'nestjs-auth-apis';
import { DemoModule } from './demo/demo.module.js';
import { TenantsSparkfly } from './demo/tenants-sparkfly.js';
import { NoTokenFilter } from './no-token.filter.js';
import { OffersController } from './offers.controller.js';
import { TenantsModule } from './tenants/tenants.module.js';
import { TenantsRepository } from './tenants/tenants.repository.js';
import { TokenStory } from './token-story.js';

@Module({
  imports: [
    AuthApisModule.forRootAsync({
      imports: [TenantsModule, DemoModule],
      inject: [TenantsRepository, TenantsSparkfly],
      useFactory: (tenants: TenantsRepository, { baseURL }: TenantsSparkfly): AuthApisOptions => ({
        sparkfly: {
          baseURL, // of the vendor that is played here; without it, calls go to the real one
          accounts: {
            // Asked at every token request, not at every call: what changes in the table needs no restart.
            resolve: (id) => tenants.credentialsOf(id),
            // Tenants that nobody calls for are forgotten, with their tokens: here after an hour, by default a day.
            idleMs: 3_600_000,
          },
        },
      }),
    }),
    TenantsModule,
    DemoModule,
  ],
  controllers: [OffersController],
  providers: [TokenStory, { provide: APP_FILTER, useClass: NoTokenFilter }],
})
export class AppModule {}
