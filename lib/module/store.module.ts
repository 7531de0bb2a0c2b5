import { Module, type OnApplicationShutdown } from '@nestjs/common';
import { ModuleRef } from '@nestjs/core';
import { AuthApis } from './auth-apis.js';

/** Gives the leases back when no request is under way any more. */
class StoreFarewell implements OnApplicationShutdown {
  readonly #find: () => AuthApis;

  constructor(find: () => AuthApis) {
    this.#find = find;
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#find().leaveStore();
  }
}

/**
 * The last of the modules that ours imports, which is told of the shutdown before them: the one that has the app's Redis
 * client closes it after this. Ours itself is global as a rule, and Nest tells those last of all.
 */
@Module({
  providers: [
    {
      provide: StoreFarewell,
      inject: [ModuleRef],
      useFactory: (modules: ModuleRef) => new StoreFarewell(() => modules.get(AuthApis, { strict: false })),
    },
  ],
})
export class AuthApisStoreModule {}
