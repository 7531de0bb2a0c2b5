// The app: what makes it a fleet is the `store`.
import { Module } from '@nestjs/common';
import type { AuthApisOptions } from 'nestjs-auth-apis';
import { AuthApisModule } from 'nestjs-auth-apis';
import { RedisTokenStore } from 'nestjs-auth-apis/redis';
import { environment } from './environment.js';
import { OffersController } from './offers.controller.js';
import { RedisConnection, RedisModule } from './redis.module.js';
import { ReplicaName } from './replica-name.js';

@Module({
  imports: [
    AuthApisModule.forRootAsync({
      imports: [RedisModule],
      inject: [RedisConnection],
      useFactory: ({ client }: RedisConnection): AuthApisOptions => {
        const { sparkfly, tokenKey } = environment();
        return {
          sparkfly,
          store: new RedisTokenStore({ client, encryption: { keys: [{ kid: 'demo', key: tokenKey }] } }),
        };
      },
    }),
  ],
  controllers: [OffersController],
  providers: [ReplicaName],
})
export class AppModule {}
