import type { IncomingHttpHeaders } from 'node:http';
import type { Transform } from 'node:stream';
import zlib from 'node:zlib';
import type { InternalAxiosRequestConfig } from 'axios';

const { constants } = zlib as { constants: typeof zlib.constants & { ZSTD_e_flush?: number } };

const ZIP = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };
const BROTLI = { flush: constants.BROTLI_OPERATION_FLUSH, finishFlush: constants.BROTLI_OPERATION_FLUSH };
const ZSTD = { flush: constants.ZSTD_e_flush, finishFlush: constants.ZSTD_e_flush };

/** What Node has from 22.15 on. */
const { createZstdDecompress } = zlib as { createZstdDecompress?: (options: object) => Transform };

const gzip = (): Transform => zlib.createUnzip(ZIP);

const DECODERS = new Map<string, () => Transform>([
  ['gzip', gzip],
  ['x-gzip', gzip],
  ['compress', gzip],
  ['x-compress', gzip],
  ['deflate', () => withZlibHeader(gzip())],
  ['br', () => zlib.createBrotliDecompress(BROTLI)],
]);
if (createZstdDecompress) DECODERS.set('zstd', () => createZstdDecompress(ZSTD));

/** What makes of a body what the caller wants, if anything does; the header that says so is taken out, as axios does. */
export function decoderOf(
  status: number,
  headers: IncomingHttpHeaders,
  { method, decompress }: InternalAxiosRequestConfig,
): Transform | undefined {
  const encoding = headers['content-encoding']?.toLowerCase();
  if (!encoding || decompress === false) return undefined;
  const hasContent = method?.toLowerCase() !== 'head' && status !== 204;
  const create = DECODERS.get(encoding);
  if (create || !hasContent) delete headers['content-encoding'];
  return hasContent ? create?.() : undefined;
}

const ZLIB_HEADER = Buffer.from([0x78, 0x9c]);

/** Some servers send the bare data and call it by the same name. */
function withZlibHeader(decoder: Transform): Transform {
  const write = decoder.write.bind(decoder) as (chunk: Buffer) => boolean;
  decoder.write = (chunk: Buffer) => {
    decoder.write = write as never;
    if (chunk[0] !== ZLIB_HEADER[0]) write(ZLIB_HEADER);
    return write(chunk);
  };
  return decoder;
}
