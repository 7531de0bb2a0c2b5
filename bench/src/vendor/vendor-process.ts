/** The process of the vendors: theirs is no work of the contenders, and must not be counted as such. */
import { FakeVerbit } from 'nestjs-auth-apis/testing';
import { LeanApi } from './lean-api.js';
import type { Answer, Command, Request, VendorAddress, VendorOptions } from './messages.js';

interface OpenVendor {
  /** Sells the tokens. */
  readonly fake: FakeVerbit;
  /** Takes them. */
  readonly api: LeanApi;
  /** Token requests before the token endpoint was mended: the fake forgets them then. */
  requestsBefore: number;
}

const vendors: OpenVendor[] = [];

process.on('message', (request: Request) => {
  void serve(request).then((result) => process.send!({ id: request.id, result } satisfies Answer));
});
// Whoever started it has gone.
process.on('disconnect', () => process.exit());

async function serve({ wish }: Request): Promise<Answer['result']> {
  return wish.do === 'open' ? open(wish.options) : COMMANDS[wish.do](vendors[wish.vendor]!);
}

async function open(options: VendorOptions): Promise<VendorAddress> {
  const fake = await FakeVerbit.start(options);
  const api = new LeanApi((token) => (fake.tokenDetails(token)?.expiresAt ?? 0) > Date.now());
  const origin = await api.listen();
  const vendor = vendors.push({ fake, api, requestsBefore: 0 }) - 1;
  return { vendor, apiKey: fake.apiKey, tokenURL: fake.tokenURL, baseURL: `${origin}/api/v1` };
}

const tokenRequestsOf = ({ fake, requestsBefore }: OpenVendor): number => requestsBefore + fake.counters.tokenRequests;

const COMMANDS: Readonly<Record<Command, (vendor: OpenVendor) => Answer['result'] | Promise<void>>> = {
  counters: (vendor) => ({ tokenRequests: tokenRequestsOf(vendor), unauthorized: vendor.api.unauthorized }),
  reset(vendor) {
    vendor.requestsBefore = 0;
    vendor.api.unauthorized = 0;
    vendor.fake.reset();
  },
  // Their own `exp` says otherwise, so that nobody can know before the 401.
  revoke: ({ fake }) => fake.expireTokens(),
  fail: ({ fake }) => fake.failNext({ status: 503, times: Infinity }),
  mend(vendor) {
    vendor.requestsBefore = tokenRequestsOf(vendor);
    vendor.fake.reset();
  },
  close({ fake, api }) {
    api.close();
    return fake.close();
  },
};
