import { Module } from '@nestjs/common';
import { TenantsDatabase } from './tenants.database.js';
import { TenantsRepository } from './tenants.repository.js';

@Module({
  providers: [{ provide: TenantsDatabase, useFactory: () => TenantsDatabase.create() }, TenantsRepository],
  exports: [TenantsDatabase, TenantsRepository],
})
export class TenantsModule {}
