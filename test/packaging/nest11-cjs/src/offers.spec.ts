import { Test } from '@nestjs/testing';
import { AuthApisModule, getSparkflyClientToken } from 'nestjs-auth-apis';
import { FakeSparkfly } from 'nestjs-auth-apis/testing';
import { firstValueFrom, of } from 'rxjs';
import { Offers } from './offers';

test('with a client of its own', async () => {
  const testing = await Test.createTestingModule({
    imports: [
      AuthApisModule.forRoot({
        sparkfly: { name: 'east', identity: 'i', key: 'k' },
      }),
    ],
    providers: [Offers],
  })
    .overrideProvider(getSparkflyClientToken('east'))
    .useValue({ get: () => of({ data: [{ name: 'Free tea' }] }) })
    .compile();
  await expect(firstValueFrom(testing.get(Offers).names())).resolves.toEqual(['Free tea']);
});

test('with the fake vendor', async () => {
  const vendor = await FakeSparkfly.start();
  const { identity, key, baseURL } = vendor;
  const testing = await Test.createTestingModule({
    imports: [
      AuthApisModule.forRoot({
        sparkfly: { name: 'east', identity, key, baseURL },
      }),
    ],
    providers: [Offers],
  }).compile();
  const app = await testing.init();
  await expect(firstValueFrom(testing.get(Offers).names())).resolves.toContain('Free coffee');
  expect(vendor.counters.tokenRequests).toBe(1);
  await app.close();
  await vendor.close();
});
