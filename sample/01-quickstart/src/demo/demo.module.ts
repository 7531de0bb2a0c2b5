// All that is there for show. An app of yours has nothing of this folder.
import { Module } from '@nestjs/common';
import { sparkflySettings, verbitSettings } from '../environment.js';
import { DemoController } from './demo.controller.js';
import { Demo } from './demo.js';
import { FakeVendors } from './fake-vendors.js';

@Module({
  controllers: [DemoController],
  providers: [
    { provide: FakeVendors, useFactory: () => FakeVendors.start(verbitSettings(), sparkflySettings()) },
    Demo,
  ],
  exports: [FakeVendors],
})
export class DemoModule {}
