import type { AuthorizedFetch, AuthorizedFetchInit, SparkflyClient } from 'nestjs-auth-apis';
import { authorizationInterceptor } from 'nestjs-auth-apis/undici';
import { Agent, request, type Dispatcher } from 'undici';
import { expectAssignable, expectTrue, type Equal } from './expect-type.js';

declare const sparkfly: SparkflyClient;
declare const url: URL;

export async function fetchTakesOptionsPerRequest() {
  const { fetch: own } = sparkfly;
  expectTrue<Equal<typeof own, AuthorizedFetch>>();
  expectAssignable<typeof fetch>(own);
  const response = await own('/offers', {
    method: 'POST',
    authApis: { retry: false, tokenParams: { authScope: 'a' } },
  });
  expectTrue<Equal<typeof response, Response>>();
  const init: AuthorizedFetchInit = { authApis: { skip: true }, signal: AbortSignal.timeout(1) };
  await own(new Request(url), init);
  await own(url, null);
  // @ts-expect-error -- a token is left out, or there is nothing to say
  await own(url, { authApis: { skip: false } });
  // @ts-expect-error -- the name is `authApis`
  await own(url, { authApi: { skip: true } });
}

export async function undiciTakesOptionsPerRequest() {
  const dispatcher = new Agent().compose(authorizationInterceptor(sparkfly, { retry: false }));
  const { statusCode } = await request(url, { dispatcher, authApis: { account: 'east', retry: false } });
  expectTrue<Equal<typeof statusCode, number>>();
  await dispatcher.request({ path: '/', method: 'GET', authApis: { tokenParams: { authScope: 'a' } } });
  const options: Dispatcher.DispatchOptions = { path: '/', method: 'GET', authApis: { skip: true } };
  dispatcher.dispatch(options, {});
  // @ts-expect-error -- no such option
  await request(url, { dispatcher, authApis: { retry: true } });
  // @ts-expect-error -- the name is `authApis`
  await request(url, { dispatcher, authApi: { retry: false } });
  // @ts-expect-error -- undici's own options are what they were
  const wrong: Dispatcher.DispatchOptions = { path: 1, method: 'GET' };
  return wrong;
}
