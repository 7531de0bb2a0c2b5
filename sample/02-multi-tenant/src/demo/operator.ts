// Who runs the shop: writes the table through a connection of its own, as another process would.
import { Injectable } from '@nestjs/common';
import type { BindValues } from 'node-sqlite3-wasm';
import sqlite from 'node-sqlite3-wasm';
import { TenantsDatabase } from '../tenants/tenants.database.js';
import { newSecret, TenantsSparkfly } from './tenants-sparkfly.js';

@Injectable()
export class Operator {
  constructor(
    private readonly database: TenantsDatabase,
    private readonly sparkfly: TenantsSparkfly,
  ) {}

  addTenant(id: string, authScope: string | null, offers: readonly string[]): void {
    const identity = `identity-of-${id}`;
    const key = this.sparkfly.enroll(identity, offers);
    this.write('INSERT INTO tenants (id, identity, key, auth_scope) VALUES (?, ?, ?, ?)', [
      id,
      identity,
      key,
      authScope,
    ]);
  }

  /** Step 1: the row holds both keys, the present one and the next. */
  writeNextKey(id: string): string {
    const nextKey = newSecret();
    this.write('UPDATE tenants SET next_key = ? WHERE id = ?', [nextKey, id]);
    return nextKey;
  }

  /** Step 2: the vendor changes over; nobody can tell the app the very moment. */
  changeKeyAtVendor(id: string, key: string): void {
    this.sparkfly.changeKey(`identity-of-${id}`, key);
  }

  /** Step 3: the row holds the new key alone. */
  dropOldKey(id: string): void {
    this.write('UPDATE tenants SET key = next_key, next_key = NULL WHERE id = ?', [id]);
  }

  private write(sql: string, values: BindValues): void {
    const connection = new sqlite.Database(this.database.path, { fileMustExist: true });
    try {
      connection.run(sql, values);
    } finally {
      connection.close();
    }
  }
}
