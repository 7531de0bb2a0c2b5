import type { AxiosAdapter, AxiosStatic, InternalAxiosRequestConfig } from 'axios';

type Config = InternalAxiosRequestConfig;
type Given = Config['adapter'];

/** What the caller's config had where one of our adapters stands. */
interface Replaced {
  readonly given: Given;
  readonly adapter: AxiosAdapter;
}

/** By our adapters, so that none is ever wrapped twice. */
const replaced = new WeakMap<AxiosAdapter, Replaced>();

/**
 * Puts an adapter of ours into the config of a call, and takes it out again as soon as axios calls it: responses, errors
 * and whoever sends the config again find the caller's own value.
 */
export class AdapterSeam {
  readonly #axios: AxiosStatic;
  readonly #wrap: (base: AxiosAdapter, config: Config) => AxiosAdapter;
  readonly #byBase = new WeakMap<AxiosAdapter, Replaced[]>();

  /** @param wrap makes the adapter that is called in place of `base` */
  constructor(axios: AxiosStatic, wrap: (base: AxiosAdapter, config: Config) => AxiosAdapter) {
    this.#axios = axios;
    this.#wrap = wrap;
  }

  enter(config: Config): void {
    const { adapter } = config;
    const ours = typeof adapter === 'function' ? replaced.get(adapter) : undefined;
    const given = ours ? ours.given : adapter;
    const base =
      typeof given === 'function' ? given : this.#axios.getAdapter(given ?? this.#axios.defaults.adapter, config);
    config.adapter = this.#adapterFor(base, given, config);
  }

  #adapterFor(base: AxiosAdapter, given: Given, config: Config): AxiosAdapter {
    let known = this.#byBase.get(base);
    if (!known) this.#byBase.set(base, (known = []));
    for (const each of known) if (isSame(each.given, given)) return each.adapter;
    const made = { given, adapter: restoring(given, this.#wrap(base, config)) };
    known.push(made);
    replaced.set(made.adapter, made);
    return made.adapter;
  }
}

function restoring(given: Given, authorized: AxiosAdapter): AxiosAdapter {
  // A function that can be called in any way, also with `new`, because some libraries call every function they find.
  return function adapter(config) {
    if (typeof (config as Partial<Config> | null | undefined)?.headers?.has !== 'function') return undefined as never;
    // A list of its own for each call, as axios gives it.
    config.adapter = Array.isArray(given) ? [...given] : given;
    try {
      return authorized(config);
    } catch (error) {
      return Promise.reject(error);
    }
  };
}

/** axios copies lists for each call. */
function isSame(one: Given, other: Given): boolean {
  if (one === other) return true;
  if (!Array.isArray(one) || !Array.isArray(other) || one.length !== other.length) return false;
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false;
  return true;
}
