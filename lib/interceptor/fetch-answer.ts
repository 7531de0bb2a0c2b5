import { UNWANTED_ANSWER_BYTES, UNWANTED_ANSWER_MS } from '../common/defaults.js';

/** What a mock of `fetch` gives may be a bare object: `{ ok: false, status: 401 }`. */
export type MockableResponse = Partial<Pick<Response, 'status' | 'headers' | 'body'>> | undefined;

/** Its headers are read only where the app's own `isUnauthorized` looks at them. */
export class FetchAnswer {
  readonly status: number;
  readonly #headers: unknown;

  constructor(response: MockableResponse) {
    this.status = response?.status ?? 0;
    this.#headers = response?.headers;
  }

  get headers(): Record<string, string> {
    const headers = Object(this.#headers) as object;
    return Object.fromEntries(Symbol.iterator in headers ? (headers as Headers) : Object.entries(headers));
  }
}

/** A header of a response, where it has headers as `fetch` gives them. */
export function headerOf(response: MockableResponse, name: string): string | null {
  const { headers } = response ?? {};
  return typeof headers?.get === 'function' ? headers.get(name) : null;
}

/** Tells that the answer was found by way of redirects. */
export function asRedirected(response: Response): Response {
  if (!(response instanceof Response)) return response;
  const clone = (): Response => asRedirected(Response.prototype.clone.call(response));
  return Object.defineProperties(response, { redirected: { value: true }, clone: { value: clone } });
}

/** By Node itself, which is given what came to fetch it once more. @throws TypeError as `fetch` does */
export async function checked(response: Response, integrity: string): Promise<Response> {
  const url = URL.createObjectURL(await response.clone().blob());
  try {
    await fetch(url, { integrity });
  } finally {
    URL.revokeObjectURL(url);
  }
  return response;
}

/** Nobody will read it; what is short is read all the same, for the connection to serve again. */
export function drop(response: MockableResponse): void {
  const { body } = response ?? {};
  if (!(body instanceof ReadableStream)) return;
  const length = Number(headerOf(response, 'content-length') ?? Infinity);
  const isShort = length <= UNWANTED_ANSWER_BYTES;
  const signal = AbortSignal.timeout(UNWANTED_ANSWER_MS);
  const done = isShort ? body.pipeTo(new WritableStream(), { signal }) : body.cancel();
  done.catch(() => {});
}
