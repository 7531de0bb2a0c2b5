import { accountsFor, AuthApis } from 'nestjs-auth-apis';
import { firstValueFrom } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { resolveOptions } from '../../../lib/config/resolve-options.js';
import type { AcmeAccounts, AcmeClient, AcmeEcho, AcmeVendor } from '../../support/acme.js';
import { acme, acmeVendor, everyId, keyOf, lookingUp, oneAccount } from '../../support/acme.js';

const thrownBy = (work: () => unknown): Error => {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error('it threw nothing');
};

/** The registry alone, without a module around it. */
async function setUp(accounts: (vendor: AcmeVendor) => AcmeAccounts) {
  const vendor = await acmeVendor();
  const options = resolveOptions({ apis: [accountsFor(acme, accounts(vendor))] });
  const apis = new AuthApis(options, { add: () => {}, remove: () => {} });
  const idOf = async (client: AcmeClient): Promise<string> =>
    (await firstValueFrom(client.get<AcmeEcho>('/x'))).data.id;
  return { vendor, apis, client: apis.client(acme), idOf };
}

const someNamed = ({ baseURL }: AcmeVendor): AcmeAccounts => [
  { baseURL, appId: 'main', appKey: keyOf('main') },
  { baseURL, name: 'east', appId: 'in-the-east', appKey: keyOf('in-the-east') },
];
const mixed = ({ baseURL }: AcmeVendor): AcmeAccounts => [
  { baseURL, appId: 'main', appKey: keyOf('main') },
  { baseURL, accounts: { resolve: everyId } },
];

describe('an id that is missing', () => {
  test.each<[string, (vendor: AcmeVendor) => AcmeAccounts]>([
    ['one account', oneAccount()],
    ['several accounts', someNamed],
    ['accounts that are looked up', lookingUp()],
    ['both', mixed],
  ])('is not taken for this very account, nor for any other, of %s', async (_, accounts) => {
    const { client, apis, vendor } = await setUp(accounts);
    for (const missing of [undefined, null] as unknown as string[]) {
      for (const ask of [
        () => client.for(missing),
        () => client.for(missing, {}),
        () => client.for(missing, { region: 'eu' }),
        () => client.for(missing, undefined),
      ]) {
        expect(thrownBy(ask)).toMatchObject({
          code: 'UNKNOWN_ACCOUNT',
          api: 'acme',
          message: 'acme: the name or id of an account must be a string of one line that is not empty',
        });
      }
    }
    expect(thrownBy(() => (client.for as () => unknown).call(client))).toMatchObject({ code: 'UNKNOWN_ACCOUNT' });
    expect(apis.statuses().filter(({ state }) => state !== 'none')).toEqual([]);
    expect(vendor.received).toEqual([]);
  });

  test('is not taken for the account of a client that stands for one', async () => {
    const { client } = await setUp(lookingUp());
    const one = client.for('t-1', { region: 'eu' });
    for (const missing of [undefined, null] as unknown as string[]) {
      expect(thrownBy(() => one.for(missing))).toMatchObject({ code: 'UNKNOWN_ACCOUNT' });
      expect(thrownBy(() => one.for(missing, { region: 'us' }))).toMatchObject({ code: 'UNKNOWN_ACCOUNT' });
    }
  });
});

describe('where all accounts are looked up, "default" is an id as any other', () => {
  test('that for() and AuthApis reach, while the client without a name stands for none', async () => {
    const { client, apis, idOf, vendor } = await setUp(lookingUp());
    const one = client.for('default');
    expect(one).not.toBe(client);
    expect(client.for('default')).toBe(one);
    expect(apis.client(acme, 'default')).toBe(one);
    expect(await idOf(one)).toBe('default');
    expect(one.tokens.label).toEqual({ api: 'acme', account: 'default', dynamic: true });
    expect(await idOf(one.for({ region: 'eu' }))).toBe('default');
    expect(vendor.asks).toEqual([
      { id: 'default', key: keyOf('default') },
      { id: 'default', key: keyOf('default'), region: 'eu' },
    ]);
    expect(thrownBy(() => client.tokens)).toMatchObject({ code: 'AMBIGUOUS_ACCOUNT' });
    expect(thrownBy(() => client.for({ region: 'eu' }))).toMatchObject({ code: 'AMBIGUOUS_ACCOUNT' });
    expect(apis.client(acme)).toBe(client);
  });

  test('that a call may name', async () => {
    const { client, vendor } = await setUp(lookingUp());
    const { data } = await firstValueFrom(client.get<AcmeEcho>('/x', { authApis: { account: 'default' } }));
    expect(data.id).toBe('default');
    expect(vendor.asksOf('default')).toHaveLength(1);
  });

  test('also beside an account of the options that has no name', async () => {
    const { client, apis, idOf } = await setUp(mixed);
    for (const one of [client.for('default'), apis.client(acme, 'default'), client.for('t-1').for('default', {})]) {
      expect(await idOf(one)).toBe('default');
    }
    for (const tokenParams of [undefined, { region: 'eu' }]) {
      const { data } = await firstValueFrom(
        client.get<AcmeEcho>('/x', { authApis: { account: 'default', tokenParams } }),
      );
      expect(data.id).toBe('default');
    }
    expect(apis.client(acme)).toBe(client);
    expect(await idOf(client)).toBe('main');
    expect(await idOf(client.for('t-1'))).toBe('t-1');
  });

  test('while the client of that one keeps further tokens of its own', async () => {
    const { client, idOf } = await setUp(mixed);
    const further = client.for({ region: 'eu' });
    expect((await further.tokens.get()).value).toBeTypeOf('string');
    expect(await idOf(further)).toBe('main');
  });

  test('and where none is looked up, it is the one of the options that has no name', async () => {
    const { client, apis, idOf } = await setUp(someNamed);
    expect(client.for('default')).toBe(client);
    expect(apis.client(acme, 'default')).toBe(client);
    expect(await idOf(client)).toBe('main');
  });
});
