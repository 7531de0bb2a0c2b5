import type { IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';

/** Query parameters, decoded; a parameter given several times is an array. */
export type Query = Readonly<Record<string, string | readonly string[]>>;

/** One request, read to its end. */
export interface Call {
  readonly method: string;
  /** As sent: not decoded, without the query. */
  readonly path: string;
  readonly query: Query;
  readonly httpVersion: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Names and values in turn, exactly as received. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

export async function readCall(request: IncomingMessage): Promise<Call> {
  const body = await buffer(request);
  // A proxied request names the origin too; splitting by hand leaves odd paths as they came.
  const target = (request.url ?? '/').replace(/^https?:\/\/[^/?]*/i, '');
  const [path = '', ...search] = target.split('?');
  return {
    method: request.method ?? 'GET',
    path: path || '/',
    query: readQuery(search.join('?')),
    httpVersion: request.httpVersion,
    headers: flatten(request.headers),
    rawHeaders: request.rawHeaders,
    body,
  };
}

function readQuery(search: string): Query {
  const params = new URLSearchParams(search);
  const values = [...new Set(params.keys())].map((name): [string, string | string[]] => {
    const [first = '', ...more] = params.getAll(name);
    return [name, more.length > 0 ? [first, ...more] : first];
  });
  return Object.fromEntries(values);
}

function flatten(headers: IncomingMessage['headers']): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')]));
}
