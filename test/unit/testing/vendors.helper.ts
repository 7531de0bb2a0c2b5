import { FakeSparkfly, FakeVerbit, type FakeVendorOptions } from '../../../lib/testing/index.js';
import { ask, jsonPost, parse, type Reply } from './wire.helper.js';

/** Both vendors behind the same few verbs, for behaviour they share. */
export interface Driver {
  readonly vendor: FakeVerbit | FakeSparkfly;
  /** Status of a token answer that brings one. */
  readonly okStatus: number;
  /** With the key that is accepted now, unless another is given. */
  askForToken(key?: string): Promise<Reply>;
  tokenOf(reply: Reply): string;
  call(token: string | undefined, path?: string): Promise<Reply>;
}

export async function startVerbit(options: FakeVendorOptions = {}): Promise<Driver> {
  const vendor = await FakeVerbit.start(options);
  return {
    vendor,
    okStatus: 200,
    askForToken: (key = vendor.apiKey) => jsonPost(vendor.tokenURL, { payload: { api_key: key } }),
    tokenOf: (reply) => parse<{ data: { token: string } }>(reply).data.token,
    call: (token, path = '/echo') =>
      ask(vendor.baseURL + path, { headers: token === undefined ? {} : { Authorization: `Bearer ${token}` } }),
  };
}

export async function startSparkfly(options: FakeVendorOptions = {}): Promise<Driver> {
  const vendor = await FakeSparkfly.start(options);
  return {
    vendor,
    okStatus: 204,
    askForToken: (key = vendor.key) =>
      ask(vendor.tokenURL, {
        method: 'POST',
        headers: { 'X-Auth-Identity': vendor.identity, 'X-Auth-Key': key },
      }),
    tokenOf: (reply) => reply.headers['x-auth-token'] ?? '',
    call: (token, path = '/echo') =>
      ask(vendor.baseURL + path, { headers: token === undefined ? {} : { 'X-Auth-Token': token } }),
  };
}

export async function issue(driver: Driver): Promise<string> {
  return driver.tokenOf(await driver.askForToken());
}
