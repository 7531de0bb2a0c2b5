import type { AcquireRequest, SharedToken, TokenStore } from 'nestjs-auth-apis';

/** A store in this process that may be lost; of one replica after the other, for it gives everybody the lease. */
export class MemoryStore implements TokenStore {
  isDown = false;
  readonly #tokens = new Map<string, SharedToken>();

  async acquire(key: string, { newerThan }: AcquireRequest): Promise<SharedToken | 'leased'> {
    if (this.isDown) throw new Error('no connection, said fake-key');
    const found = this.#tokens.get(key);
    return found && found.generation > newerThan ? found : 'leased';
  }

  async save(key: string, token: Pick<SharedToken, 'value' | 'lifetimeMs' | 'ageMs'>): Promise<number> {
    const generation = (this.#tokens.get(key)?.generation ?? 0) + 1;
    this.#tokens.set(key, { ...token, generation });
    return generation;
  }

  async release(): Promise<void> {}
}
