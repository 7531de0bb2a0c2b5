// Globex's client: the same with another vendor.
import { Injectable } from '@nestjs/common';
import { InjectAuthClient } from 'nestjs-auth-apis';
import { firstValueFrom } from 'rxjs';
import type { GlobexClient } from './apis/globex.api.js';
import { globex } from './apis/globex.api.js';

export interface Invoice {
  number: string;
  total: string;
}

@Injectable()
export class InvoicesService {
  constructor(@InjectAuthClient(globex) private readonly globex: GlobexClient) {}

  async list(): Promise<Invoice[]> {
    return (await firstValueFrom(this.globex.get<Invoice[]>('/invoices'))).data;
  }
}
