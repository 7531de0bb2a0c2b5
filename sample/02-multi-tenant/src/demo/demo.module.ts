// All that is there for show. An app of yours has nothing of this folder.
import { Module } from '@nestjs/common';
import { TenantsModule } from '../tenants/tenants.module.js';
import { Operator } from './operator.js';
import { Story } from './story.js';
import { TenantsSparkfly } from './tenants-sparkfly.js';

@Module({
  imports: [TenantsModule],
  providers: [{ provide: TenantsSparkfly, useFactory: () => TenantsSparkfly.start() }, Operator, Story],
  exports: [TenantsSparkfly],
})
export class DemoModule {}
