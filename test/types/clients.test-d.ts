import { HttpService } from '@nestjs/axios';
import { Inject, Injectable, type InjectionToken } from '@nestjs/common';
import type { AxiosInstance, AxiosRequestConfig, AxiosResponse } from 'axios';
import {
  AccessToken,
  AuthApis,
  getSparkflyClientToken,
  InjectSparkfly,
  InjectVerbit,
  OutboundAuthorizationInterceptor,
  SparkflyClient,
  TokenCache,
  VerbitClient,
  type SparkflyAuthResponse,
  type VerbitAuthResponse,
  type WithHttpInfo,
} from 'nestjs-auth-apis';
import type { Observable } from 'rxjs';
import { expectAssignable, expectTrue, type Equal } from './expect-type.js';

interface Offer {
  id: number;
}

@Injectable()
export class Consumer {
  @InjectSparkfly('west') private readonly west!: SparkflyClient;
  @Inject(getSparkflyClientToken('north')) readonly north!: SparkflyClient;

  constructor(
    private readonly sparkfly: SparkflyClient,
    @InjectVerbit() private readonly verbit: VerbitClient,
    @InjectSparkfly('east') private readonly east: SparkflyClient,
    http: HttpService,
    authorization: OutboundAuthorizationInterceptor,
    apis: AuthApis,
  ) {
    expectTrue<Equal<ReturnType<typeof authorization.attach>, () => void>>();
    authorization.attach(http);
    const byName = apis.client('sparkfly', 'east');
    expectTrue<Equal<typeof byName, SparkflyClient>>();
    // @ts-expect-error -- no such API
    apis.client('sparkle');
    const read: string = 'sparkfly';
    // @ts-expect-error -- any text is no API: nobody could tell whose client that is
    apis.client(read);
    // @ts-expect-error -- nor is an object that has its name
    void apis.client({ name: 'sparkfly' }).tokens;
  }

  areHttpServices() {
    for (const client of [this.sparkfly, this.east, this.west]) expectAssignable<HttpService>(client);
    expectAssignable<AxiosInstance>(this.verbit.axiosRef);
    const offers = this.sparkfly.get<Offer[]>('/offers');
    expectTrue<Equal<typeof offers, Observable<AxiosResponse<Offer[]>>>>();
    const posted = this.verbit.post<Offer>('/orders', { name: 'one' }, { timeout: 1_000 });
    expectTrue<Equal<typeof posted, Observable<AxiosResponse<Offer>>>>();
    // @ts-expect-error -- one vendor's client is not the other's
    expectAssignable<VerbitClient>(this.sparkfly);
  }

  takeOptionsPerRequest() {
    this.sparkfly.get('/health', { authApis: { skip: true } });
    this.sparkfly.post('/credentials', null, { authApis: { retry: false, account: 'east' } });
    const config: AxiosRequestConfig = { authApis: { skip: true } };
    this.sparkfly.request(config);
    // @ts-expect-error -- a token is left out, or there is nothing to say
    this.sparkfly.get('/health', { authApis: { skip: false } });
    // @ts-expect-error -- no such option
    this.sparkfly.get('/health', { authApis: { retry: true } });
    // @ts-expect-error -- the name is `authApis`
    this.sparkfly.get('/health', { authApi: { skip: true } });
  }

  async haveTokens(signal: AbortSignal) {
    const { tokens } = this.verbit;
    expectTrue<Equal<typeof tokens, TokenCache>>();
    const peeked = tokens.peek();
    expectTrue<Equal<typeof peeked, AccessToken | undefined>>();
    const token = await tokens.get({ minRemainingMs: 60_000, signal });
    expectTrue<Equal<typeof token, AccessToken>>();
    expectTrue<Equal<typeof token.value, string>>();
    tokens.invalidate(token);
    tokens.invalidate(token.value);
    // @ts-expect-error -- a token is not changed
    token.expiresAt = 0;
  }

  areForOthers() {
    const tenant = this.sparkfly.for('tenant-7');
    expectTrue<Equal<typeof tenant, SparkflyClient>>();
    expectTrue<Equal<ReturnType<typeof tenant.for>, SparkflyClient>>();
    tenant.for({ authScope: 'offers' }).get('/offers');
    this.sparkfly.for('tenant-7', { authScope: 'offers', forwardedFor: undefined });
    this.sparkfly.get('/offers', { authApis: { account: 'tenant-7', tokenParams: { authScope: 'offers' } } });
    // @ts-expect-error -- Sparkfly's tokens have no such parameter
    this.sparkfly.for({ scope: 'offers' });
    // @ts-expect-error -- Verbit's have none at all
    this.verbit.for('tenant-7', { authScope: 'offers' });
    // @ts-expect-error -- nor without another account
    this.verbit.for({ authScope: 'offers' });
    // @ts-expect-error -- whatever the value
    this.verbit.for({ authScope: undefined });
    // @ts-expect-error -- an id is a text
    this.verbit.for(7);
    // @ts-expect-error -- one that is missing is none
    this.verbit.for(undefined);
    // @ts-expect-error -- nor is null
    this.sparkfly.for(null);
  }

  async haveTheVendorsApi() {
    const verbit = await this.verbit.authentication.auth({ tracingId: 'order-1', requestTimestamp: new Date() });
    expectTrue<Equal<typeof verbit, VerbitAuthResponse>>();
    expectTrue<Equal<typeof verbit.data.token, string>>();
    const sparkfly = await this.sparkfly.authentication.postAuthWithHttpInfo({ authScope: 'offers' });
    expectTrue<Equal<typeof sparkfly, WithHttpInfo<SparkflyAuthResponse>>>();
    // @ts-expect-error -- that is the other vendor's
    void this.sparkfly.authentication.auth();
    // @ts-expect-error -- a date, not a text
    void this.verbit.authentication.auth({ requestTimestamp: '2026-01-01' });
  }
}

expectAssignable<InjectionToken>(getSparkflyClientToken('east'));
