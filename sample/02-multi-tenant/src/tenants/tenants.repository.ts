// From a row to the credentials of an account: all that the library wants of a database.
import { Injectable } from '@nestjs/common';
import { TenantsDatabase } from './tenants.database.js';

/** The columns that are read, by their names in the schema. */
interface TenantRow {
  identity: string;
  key: string;
  next_key: string | null;
  auth_scope: string | null;
}

/** What Sparkfly's accounts are made of: the library's `SparkflyAccountCredentials`, less what is not used here. */
interface Credentials {
  identity: string;
  key: string | [current: string, next: string];
  authScope: string | null;
}

const FIND = 'SELECT identity, key, next_key, auth_scope FROM tenants WHERE id = ?';

@Injectable()
export class TenantsRepository {
  constructor(private readonly database: TenantsDatabase) {}

  /** Nothing for an id that is in no row: its calls fail as those of an unknown account. May be async as well. */
  credentialsOf(id: string): Credentials | undefined {
    // The cast is safe: the table is STRICT. And what is no key is refused when it is used.
    const row = this.database.connection.get(FIND, [id]) as TenantRow | null;
    if (!row) return undefined;
    const { identity, key, next_key: nextKey, auth_scope: authScope } = row;
    // A pair while the key is changed: whichever the vendor takes at that moment is used.
    return { identity, key: nextKey === null ? key : [key, nextKey], authScope };
  }
}
