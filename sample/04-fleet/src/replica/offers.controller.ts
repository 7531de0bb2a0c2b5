// A call like any other: nothing here knows of Redis, or of other replicas.
import { Controller, Get } from '@nestjs/common';
import { SparkflyClient } from 'nestjs-auth-apis';
import type { Observable } from 'rxjs';
import { map } from 'rxjs';

interface Offer {
  id: number;
  name: string;
}

@Controller('offers')
export class OffersController {
  constructor(private readonly sparkfly: SparkflyClient) {}

  @Get()
  list(): Observable<Offer[]> {
    return this.sparkfly.get<Offer[]>('/offers').pipe(map(({ data }) => data));
  }
}
