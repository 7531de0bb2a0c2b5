// One client for all tenants: `for(id)` is the one of a tenant, with that tenant's token on every call.
import { Controller, Get, Param } from '@nestjs/common';
import { SparkflyClient } from 'nestjs-auth-apis';
import type { Observable } from 'rxjs';
import { map } from 'rxjs';

interface Offer {
  id: number;
  name: string;
}

@Controller('tenants')
export class OffersController {
  constructor(private readonly sparkfly: SparkflyClient) {}

  /** In an app of yours the id comes from who is logged in: who may write it into a URL may be any tenant. */
  @Get(':id/offers')
  list(@Param('id') id: string): Observable<Offer[]> {
    // Cheap, and the same client for the same id: there is nothing to keep, and nothing to look up before the call.
    return this.sparkfly
      .for(id)
      .get<Offer[]>('/offers')
      .pipe(map(({ data }) => data));
  }
}
