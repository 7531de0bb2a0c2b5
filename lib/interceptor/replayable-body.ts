import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import type { AxiosRequestHeaders, InternalAxiosRequestConfig } from 'axios';
import { isObject } from '../common/is-object.js';

/** A body that is gone once read: Node and web streams, the npm `form-data` package. */
export function isOneShot(body: unknown): boolean {
  if (typeof body !== 'object' || body === null) return false;
  const { pipe, getReader } = body as { pipe?: unknown; getReader?: unknown };
  return typeof pipe === 'function' || typeof getReader === 'function';
}

/**
 * A stream that is piped holds where it goes: the request, and so the header. What the caller gave is read through
 * another stream, and knows nothing of the request.
 */
export function detachedBody(body: unknown): unknown {
  const stream = isForeignStream(body) ? new Readable().wrap(body) : body;
  if (!(stream instanceof Readable)) return body;
  // It may fail while its call waits for a token, when nobody listens yet; who reads it later is told all the same.
  stream.on('error', () => {});
  const copy: Readable = Readable.from(
    passedOn(stream, () => copy.destroy()),
    { objectMode: false },
  );
  return copy;
}

/** Who destroys a stream without an error ends the call: axios goes by the close of the stream that it is given. */
async function* passedOn(stream: Readable, destroy: () => void): AsyncGenerator {
  try {
    yield* stream;
  } catch (error) {
    // To end here in peace would be the end of the body, and half of it would be taken for all.
    if (stream.destroyed && !stream.errored) destroy();
    throw error;
  }
}

/** Streams of other makes, the npm `readable-stream` for one; `form-data` axios must see as it is. */
function isForeignStream(body: unknown): body is NodeJS.ReadableStream {
  if (typeof body !== 'object' || body === null || body instanceof Readable) return false;
  const { pipe, on, pause, resume, getHeaders } = body as Record<string, unknown>;
  return [pipe, on, pause, resume].every((each) => typeof each === 'function') && typeof getHeaders !== 'function';
}

/**
 * Headers with a boundary for a `FormData` body. axios draws a new one for each transport call, unless the content type
 * has one; with it the retry is byte-identical.
 */
export function pinnedContentType({ data, headers }: InternalAxiosRequestConfig): AxiosRequestHeaders | undefined {
  if (!(data instanceof FormData)) return undefined;
  if (/boundary=/i.test(String(headers.getContentType() ?? ''))) return undefined;
  return headers.concat({ 'Content-Type': `multipart/form-data; boundary=form-${randomUUID()}` });
}

/** The parts of the npm `form-data` package that axios makes of a plain object. */
interface NpmFormData {
  getBuffer(): Buffer;
  getHeaders(): Record<string, string>;
}

/**
 * `postForm` and the like with a plain object: axios makes an npm `form-data` of it, which is gone once sent. The
 * caller gave no stream, so it is made a Buffer in time, unless a value within is a stream.
 */
export function keepFormReplayable(config: InternalAxiosRequestConfig): void {
  const { data, headers } = config as { data: unknown; headers: Partial<AxiosRequestHeaders> };
  if (typeof data !== 'object' || data === null || data instanceof FormData || isOneShot(data)) return;
  if (!String(headers.getContentType?.() ?? '').startsWith('multipart/form-data')) return;
  const { transformRequest } = config;
  config.transformRequest = [
    transformRequest ?? [],
    function (this: unknown, form: Partial<NpmFormData> | undefined, formHeaders: AxiosRequestHeaders) {
      // The config is handed out later, and sent again by some: it has nothing of ours then.
      if (isObject(this)) Object.assign(this, { transformRequest });
      return formToBuffer(form, formHeaders);
    },
  ].flat();
}

function formToBuffer(form: Partial<NpmFormData> | undefined, headers: AxiosRequestHeaders): unknown {
  if (typeof form?.getBuffer !== 'function' || typeof form.getHeaders !== 'function') return form;
  try {
    const bytes = form.getBuffer();
    headers.setContentType(form.getHeaders()['content-type']!);
    return bytes;
  } catch {
    return form;
  }
}
