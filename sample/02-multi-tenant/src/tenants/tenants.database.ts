// A real file: whoever else has it open changes it while the app runs.
import type { OnApplicationShutdown } from '@nestjs/common';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sqlite, { type Database } from 'node-sqlite3-wasm';

const SCHEMA = `
  CREATE TABLE tenants (
    id         TEXT PRIMARY KEY,
    identity   TEXT NOT NULL,
    key        TEXT NOT NULL, -- in an app of yours: encrypted
    next_key   TEXT,          -- set while the key is changed, else NULL
    auth_scope TEXT           -- what the tenant's tokens are good for; NULL is the vendor's default
  ) STRICT`;

export class TenantsDatabase implements OnApplicationShutdown {
  private constructor(
    readonly path: string,
    readonly connection: Database,
  ) {}

  /** In a folder of its own, which is gone when the app ends. An app of yours opens the database that it has. */
  static create(): TenantsDatabase {
    const path = join(mkdtempSync(join(tmpdir(), 'multi-tenant-')), 'tenants.db');
    const connection = new sqlite.Database(path);
    connection.exec(SCHEMA);
    return new TenantsDatabase(path, connection);
  }

  /** Nest calls this when no request is under way any more. */
  onApplicationShutdown(): void {
    this.connection.close();
    rmSync(dirname(this.path), { recursive: true });
  }
}
