import { Injectable } from '@nestjs/common';
import { InjectSparkfly, SparkflyClient } from 'nestjs-auth-apis';
import { map } from 'rxjs';

@Injectable()
export class Offers {
  constructor(@InjectSparkfly('east') private readonly east: SparkflyClient) {}

  names() {
    return this.east.get<{ name: string }[]>('/offers').pipe(map(({ data }) => data.map(({ name }) => name)));
  }
}
