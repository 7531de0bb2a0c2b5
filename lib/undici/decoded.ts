import type { IncomingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import type { AxiosResponse, AxiosStatic } from 'axios';
import { tooLong } from './collected-answer.js';

const unzip = promisify(zlib.unzip);
const inflateRaw = promisify(zlib.inflateRaw);
const unbrotli = promisify(zlib.brotliDecompress);

const ZIP = { finishFlush: zlib.constants.Z_SYNC_FLUSH };
const BROTLI = { finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH };

type Decode = (bytes: Buffer, limits: { maxOutputLength?: number }) => Promise<Buffer>;

const gzip: Decode = (bytes, limits) => unzip(bytes, { ...ZIP, ...limits });
/** With a header or, as some servers send it, without. */
const deflate: Decode = (bytes, limits) => ((bytes[0]! & 0x0f) === 8 ? gzip : inflate)(bytes, limits);
const inflate: Decode = (bytes, limits) => inflateRaw(bytes, { ...ZIP, ...limits });
const brotli: Decode = (bytes, limits) => unbrotli(bytes, { ...BROTLI, ...limits });

const DECODERS: Readonly<Record<string, Decode>> = {
  gzip,
  'x-gzip': gzip,
  compress: gzip,
  'x-compress': gzip,
  deflate,
  br: brotli,
};

/** The body as the caller wants it, and the header that said otherwise taken out, as axios does. */
export async function decoded(
  chunks: readonly Buffer[],
  headers: IncomingHttpHeaders,
  response: AxiosResponse,
  axios: AxiosStatic,
): Promise<Buffer> {
  const { config, request } = response;
  const bytes = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks);
  const encoding = headers['content-encoding']?.toLowerCase();
  if (!encoding || config.decompress === false) return bytes;
  const decode = DECODERS[encoding];
  if (decode || config.method === 'head' || response.status === 204) delete headers['content-encoding'];
  if (!decode || bytes.length === 0) return bytes;
  const { maxContentLength = -1 } = config;
  try {
    return await decode(bytes, maxContentLength > -1 ? { maxOutputLength: Math.max(1, maxContentLength) } : {});
  } catch (error) {
    const { code } = error as { code?: string };
    if (code === 'ERR_BUFFER_TOO_LARGE') throw tooLong(axios, config, request);
    throw axios.AxiosError.from(error, code, config, request, response);
  }
}
