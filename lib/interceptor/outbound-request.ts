import type { InternalAxiosRequestConfig } from 'axios';
import type { Account } from '../accounts/account.js';
import { isObject } from '../common/is-object.js';
import { targetOf } from './request-target.js';
import type { RedirectRules, WireRequest } from './transport.js';

type Config = InternalAxiosRequestConfig;

/** One request of a call: with our token, or with credentials of the caller's own. */
export class OutboundRequest implements WireRequest {
  readonly config: Config;
  readonly changes: Partial<Config> | undefined;
  readonly token: WireRequest['token'];
  readonly #account: Account;
  #hasStrayed = false;

  constructor(config: Config, account: Account, changes?: Partial<Config>, token?: WireRequest['token']) {
    this.config = config;
    this.changes = changes;
    this.token = token;
    this.#account = account;
  }

  /** A redirect led to another origin, if only for a while. */
  get hasStrayed(): boolean {
    return this.#hasStrayed;
  }

  /**
   * Leaves the vendors' headers behind where a redirect goes to another origin. So does axios; but it goes by the `Host`
   * header, and where the caller has set one (copied from a request to the app, say) that is not where the call went.
   */
  redirectRules(): RedirectRules {
    const { config } = this;
    const { confidentialHeaders: confidential } = this.#account.site;
    // A request's own list replaces axios's default one: append.
    const sensitiveHeaders = config.sensitiveHeaders ? [...config.sensitiveHeaders, ...confidential] : confidential;
    const beforeRedirect: NonNullable<Config['beforeRedirect']> = (options, ...details) => {
      // A request that is handed out has this function in it, and some libraries call every function they find.
      if (!isObject(options)) return;
      if (originOf(options) !== targetOf(config)?.origin) {
        this.#hasStrayed = true;
        dropHeaders(options, sensitiveHeaders);
      }
      config.beforeRedirect?.(options, ...details);
    };
    return { beforeRedirect, sensitiveHeaders: sensitiveHeaders as string[] };
  }
}

function dropHeaders({ headers }: { headers?: Record<string, unknown> }, names: readonly string[]): void {
  const dropped = new Set(names.map((name) => name.toLowerCase()));
  for (const name of Object.keys(headers ?? {})) if (dropped.has(name.toLowerCase())) delete headers![name];
}

const originOf = ({ href }: { href?: unknown }): string | undefined =>
  typeof href === 'string' ? new URL(href).origin : undefined;
