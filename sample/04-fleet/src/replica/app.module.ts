// The app: what makes it a fleet is the `store`.
import { Module } from '@nestjs/common';
import type { AuthApisOptions } from 'nestjs-auth-apis';
import { AuthApisModule } from 'nestjs-auth-apis';
import { RedisTokenStore } from 'nestjs-auth-apis/redis';
import { environment } from './environment.js';
import { OffersController } from './offers.controller.js';
import { RedisConnection, RedisModule } from './redis.module.js';

@Module({
  imports: [
    AuthApisModule.forRootAsync({
      imports: [RedisModule],
      inject: [RedisConnection],
      useFactory: ({ client }: RedisConnection): AuthApisOptions => {
        const { sparkfly, tokenKey, replica } = environment();
        return {
          sparkfly: {
            ...sparkfly,
            http: { headers: { 'X-Replica': replica } }, // so that the demo sees who calls; no app needs it
          },
          store: new RedisTokenStore({ client, encryption: { keys: [{ kid: 'demo', key: tokenKey }] } }),
        };
      },
    }),
  ],
  controllers: [OffersController],
})
export class AppModule {}
