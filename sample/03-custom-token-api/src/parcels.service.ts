// Acme's client, injected by the definition itself: relative URLs, and the ticket is on every call.
import { Injectable } from '@nestjs/common';
import { InjectAuthClient } from 'nestjs-auth-apis';
import { firstValueFrom } from 'rxjs';
import type { AcmeClient } from './apis/acme.api.js';
import { acme } from './apis/acme.api.js';

export interface Parcel {
  id: string;
  warehouse: string;
}

@Injectable()
export class ParcelsService {
  constructor(@InjectAuthClient(acme) private readonly acme: AcmeClient) {}

  /** In the warehouse of the account. */
  async list(): Promise<Parcel[]> {
    return (await firstValueFrom(this.acme.get<Parcel[]>('/parcels'))).data;
  }

  /** In another one, which takes a ticket of its own: asked for once, kept, and refreshed like the first. */
  async listAt(warehouse: string): Promise<Parcel[]> {
    return (await firstValueFrom(this.acme.for({ warehouse }).get<Parcel[]>('/parcels'))).data;
  }
}
