import { isIP } from 'node:net';

/** Where a request connects to, as Node's `http` has it. */
interface Destination {
  readonly hostname?: string | null;
  readonly host?: string | null;
  readonly socketPath?: string;
}

/**
 * The TLS server name of a request: the host of its URL. Node and undici would take it from the `Host` header, and whoever
 * copies that header from another request would choose the certificate that the server is checked against.
 *
 * @returns an empty text for an IP address, which has no server name; `undefined` where Node is to decide
 */
export function serverNameOf({ hostname, host, socketPath }: Destination): string | undefined {
  const name = (hostname ?? host ?? '').replace(/^\[|\]$/g, '');
  if (socketPath || !name) return undefined;
  return isIP(name) ? '' : name;
}
