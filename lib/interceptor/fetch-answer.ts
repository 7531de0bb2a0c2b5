import { UNWANTED_ANSWER_BYTES, UNWANTED_ANSWER_MS } from '../common/defaults.js';

/** Its headers are read only where the app's own `isUnauthorized` looks at them. */
export class FetchAnswer {
  readonly status: number;
  readonly #headers: Headers;

  constructor({ status, headers }: Response) {
    this.status = status;
    this.#headers = headers;
  }

  get headers(): Record<string, string> {
    return Object.fromEntries(this.#headers);
  }
}

/** Tells that the answer was found by way of redirects. */
export function asRedirected(response: Response): Response {
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
export function drop(response: Response): void {
  const length = Number(response.headers.get('content-length') ?? Infinity);
  const isShort = length <= UNWANTED_ANSWER_BYTES;
  const signal = AbortSignal.timeout(UNWANTED_ANSWER_MS);
  const done = isShort ? response.body?.pipeTo(new WritableStream(), { signal }) : response.body?.cancel();
  done?.catch(() => {});
}
