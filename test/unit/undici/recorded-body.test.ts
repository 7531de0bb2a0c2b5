import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { recorded, RecordedBody } from '../../../lib/undici/recorded-body.js';

const MEBIBYTE = 1024 * 1024;

async function* letters(...of: string[]): AsyncGenerator<Buffer> {
  for (const letter of of) yield Promise.resolve(Buffer.from(letter));
}

const read = async (body: AsyncIterable<unknown>): Promise<string> => {
  let text = '';
  for await (const chunk of body) text += (chunk as Buffer).toString();
  return text;
};

test('what was read is read again, and what was not is read on', async () => {
  const body = new RecordedBody(letters('a', 'b', 'c'));
  for await (const chunk of body) {
    expect((chunk as Buffer).toString()).toBe('a');
    break;
  }
  expect([await read(body), await read(body)]).toEqual(['abc', 'abc']);
});

test('two who read at once have all of it, each', async () => {
  const body = new RecordedBody(letters('a', 'b', 'c'));
  expect(await Promise.all([read(body), read(body), read(body)])).toEqual(['abc', 'abc', 'abc']);
});

test('what is filled anew by whoever gave it is kept as it was', async () => {
  const buffer = Buffer.from('a');
  const body = new RecordedBody(
    (async function* () {
      yield Promise.resolve(buffer);
      buffer.write('b');
      yield buffer;
    })(),
  );
  expect([await read(body), await read(body)]).toEqual(['ab', 'ab']);
});

test.each<[string, unknown, Record<string, string>, boolean]>([
  ['a length', letters('a'), { 'Content-Length': '1' }, true],
  ['the longest', letters('a'), { 'content-length': String(MEBIBYTE) }, true],
  ['more than that', letters('a'), { 'content-length': String(MEBIBYTE + 1) }, false],
  ['no length', letters('a'), {}, false],
  ['a length that is none', letters('a'), { 'content-length': 'long' }, false],
  ['a Node stream', Readable.from(['a']), { 'content-length': '1' }, false],
  ['text', 'a', { 'content-length': '1' }, false],
  ['nothing', undefined, { 'content-length': '0' }, false],
])('%s: recorded or as it is', (_, body, headers, isRecorded) => {
  const taken = recorded(body, headers);
  expect(taken instanceof RecordedBody).toBe(isRecorded);
  if (!isRecorded) expect(taken).toBe(body);
});
