import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http';

/** Says on every request which account it is of; token requests inherit it. */
export const ACCOUNT_HEADER = 'x-soak-account';

/** A request as it leaves. */
export interface Sent {
  /** `undefined` when it is none of ours. */
  readonly account: string | undefined;
  readonly origin: string;
  readonly path: string;
  readonly token: string | undefined;
  readonly hasKey: boolean;
}

/** Sees every request of this process leave and arrive, whoever sent it, in the very tick. */
export class WireWatch {
  readonly #onSent: (sent: Sent) => void;
  readonly #onTokenOverlap: (account: string, held: boolean) => void;
  readonly #isTokenPath: (path: string) => boolean;
  readonly #open = new Map<string, Set<ServerResponse>>();
  readonly tokenRequestsAt = new Map<string, number[]>();

  /** @param onTokenOverlap told of each token request: whether it came alone */
  constructor(
    onSent: (sent: Sent) => void,
    onTokenOverlap: (account: string, isAlone: boolean) => void,
    isTokenPath: (path: string) => boolean,
  ) {
    this.#onSent = onSent;
    this.#onTokenOverlap = onTokenOverlap;
    this.#isTokenPath = isTokenPath;
    subscribe('http.client.request.start', this.#sent);
    subscribe('http.server.request.start', this.#arrived);
  }

  stop(): void {
    unsubscribe('http.client.request.start', this.#sent);
    unsubscribe('http.server.request.start', this.#arrived);
  }

  readonly #sent = (message: unknown): void => {
    const { request } = message as { request: ClientRequest };
    const header = (name: string): string | undefined => request.getHeader(name)?.toString();
    this.#onSent({
      account: header(ACCOUNT_HEADER),
      origin: `${request.protocol}//${header('host')}`,
      path: request.path,
      token: header('x-auth-token') ?? /^Bearer (.*)$/.exec(header('authorization') ?? '')?.[1],
      hasKey: request.hasHeader('x-auth-key') || request.hasHeader('x-auth-identity'),
    });
  };

  readonly #arrived = (message: unknown): void => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse };
    const account = request.headers[ACCOUNT_HEADER]?.toString();
    if (account === undefined || !this.#isTokenPath(request.url ?? '')) return;
    const open = this.#openOf(account);
    const before = [...open];
    open.add(response);
    response.once('close', () => open.delete(response));
    this.#timesOf(account).push(performance.now());
    // A request that was given up a moment ago is still open here until its socket says so.
    const look = (): void => this.#onTokenOverlap(account, !before.some((earlier) => open.has(earlier)));
    if (before.length === 0) look();
    else setTimeout(look, SOCKET_CLOSE_MS).unref();
  };

  #openOf(account: string): Set<ServerResponse> {
    const open = this.#open.get(account) ?? new Set();
    this.#open.set(account, open);
    return open;
  }

  #timesOf(account: string): number[] {
    const times = this.tokenRequestsAt.get(account) ?? [];
    this.tokenRequestsAt.set(account, times);
    return times;
  }
}

/** Both ends are in this process, which may be busy. */
const SOCKET_CLOSE_MS = 100;
