import { randomUUID } from 'node:crypto';
import { REPEATABLE_BODY_BYTES } from '../common/defaults.js';

type Body = NonNullable<Parameters<typeof fetch>[1]>['body'];

/** Whether a body gives the same bytes again: all but streams do. What `fetch` does not know it takes for text. */
export function isRepeatable(body: Body): boolean {
  return typeof (body as Partial<AsyncIterable<unknown>> | null | undefined)?.[Symbol.asyncIterator] !== 'function';
}

/**
 * The body of a `Request`, when it was given in one piece: generated clients make a `Request` of their JSON, and that is
 * no stream to whoever wrote it. A stream is left alone.
 */
export async function bytesOf(request: Request): Promise<Uint8Array | undefined> {
  if (!request.body) return undefined;
  const copy = request.clone();
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    // The standard refuses streams here, and nothing else.
    const probe = new Request(copy, { method: 'POST', mode: 'no-cors' });
    for await (const chunk of probe.body as AsyncIterable<Uint8Array>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > REPEATABLE_BODY_BYTES) return undefined;
    }
    return Buffer.concat(chunks);
  } catch {
    void copy.body?.cancel().catch(() => {});
    return undefined;
  }
}

/** Written here, so that a repeated form has the same boundary; files are still read when they are sent. */
export function multipart(form: FormData): Blob {
  const boundary = `form-${randomUUID()}`;
  const quoted = (text: string): string => `"${text.replaceAll(/\r\n|\r|\n/g, '%0D%0A').replaceAll('"', '%22')}"`;
  const parts = [...form].flatMap(([name, value]) => {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name=${quoted(name)}`;
    if (typeof value === 'string') return [`${head}\r\n\r\n${value.replaceAll(/\r\n|\r|\n/g, '\r\n')}\r\n`];
    const type = value.type || 'application/octet-stream';
    return [`${head}; filename=${quoted(value.name)}\r\nContent-Type: ${type}\r\n\r\n`, value, '\r\n'];
  });
  return new Blob([...parts, `--${boundary}--\r\n`], { type: `multipart/form-data; boundary=${boundary}` });
}
