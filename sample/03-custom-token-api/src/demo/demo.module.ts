// The vendors, played. An app of yours has nothing of this folder.
import { Module } from '@nestjs/common';
import { FakeAcme } from './fake-acme.js';
import { FakeGlobex } from './fake-globex.js';

@Module({
  providers: [
    { provide: FakeAcme, useFactory: () => new FakeAcme().listen() },
    { provide: FakeGlobex, useFactory: () => new FakeGlobex().listen() },
  ],
  exports: [FakeAcme, FakeGlobex],
})
export class DemoModule {}
