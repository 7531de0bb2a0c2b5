import type { AuthApisOptions } from '../config/options.js';

export interface DemoVendors {
  readonly options: AuthApisOptions;
  readonly close: () => Promise<void>;
}

/** Fake vendors in this process, on loopback, and accounts of theirs. */
export async function startDemoVendors(): Promise<DemoVendors> {
  const { FakeVerbit } = await import('../testing/fake-verbit.js');
  const { FakeSparkfly } = await import('../testing/fake-sparkfly.js');
  const [verbit, sparkfly] = [await FakeVerbit.start(), await FakeSparkfly.start()];
  return {
    options: {
      verbit: { apiKey: verbit.apiKey, baseURL: verbit.baseURL },
      sparkfly: { identity: sparkfly.identity, key: sparkfly.key, baseURL: sparkfly.baseURL },
    },
    close: async () => void (await Promise.all([verbit.close(), sparkfly.close()])),
  };
}
