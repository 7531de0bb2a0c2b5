import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Place } from '../contenders/contender.js';
import type { Answer, Command, VendorAddress, VendorCounters, VendorOptions, Wish } from './messages.js';

/** The vendors of a scenario, in a process of their own. */
export class Vendors {
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, (result: Answer['result']) => void>();
  #lastId = 0;

  constructor() {
    this.#process = fork(fileURLToPath(new URL('./vendor-process.js', import.meta.url)), { execArgv: [] });
    this.#process.on('message', ({ id, result }: Answer) => {
      this.#waiting.get(id)?.(result);
      this.#waiting.delete(id);
    });
  }

  async open({ tokenLifetimeMs, tokenLatencyMs }: VendorOptions): Promise<Vendor> {
    const options = { tokenLifetimeMs, tokenLatencyMs };
    const address = (await this.ask({ do: 'open', options })) as VendorAddress;
    return new Vendor(this, address, options);
  }

  ask(wish: Wish): Promise<Answer['result']> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.#process.send({ id, wish });
    });
  }

  async close(): Promise<void> {
    const exited = once(this.#process, 'exit');
    this.#process.disconnect();
    await exited;
  }
}

/** One vendor, with its own tokens and counters. */
export class Vendor {
  readonly #vendors: Vendors;
  readonly #address: VendorAddress;
  readonly #options: VendorOptions;

  constructor(vendors: Vendors, address: VendorAddress, options: VendorOptions) {
    this.#vendors = vendors;
    this.#address = address;
    this.#options = options;
  }

  place(network: Place['network'] = 'loopback'): Place {
    const { apiKey, tokenURL, baseURL } = this.#address;
    return { apiKey, tokenURL, baseURL, network, tokenLifetimeMs: this.#options.tokenLifetimeMs };
  }

  async counters(): Promise<VendorCounters> {
    return (await this.#vendors.ask({ do: 'counters', vendor: this.#address.vendor })) as VendorCounters;
  }

  async tell(command: Exclude<Command, 'counters'>): Promise<void> {
    await this.#vendors.ask({ do: command, vendor: this.#address.vendor });
  }
}
