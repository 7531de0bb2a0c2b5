import FormData from 'form-data';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { IncomingMessage } from 'node:http';
import axios from 'axios';
import { describe, expect, test } from 'vitest';
import { expectNoSecret } from '../../support/leaks.js';
import { plainServer } from '../../support/plain-server.js';
import { fakeSparkfly, sparkflyApp } from '../../support/vendors.js';

const FACTS = [
  'httpVersion',
  'statusCode',
  'statusMessage',
  'headers',
  'rawHeaders',
  'trailers',
  'rawTrailers',
  'aborted',
];

/** An API that sends a picture, and an app whose client calls it. */
async function start() {
  const api = await plainServer((_, response) => {
    response.writeHead(200, { 'Content-Type': 'image/png', 'Content-Length': 4, Date: 'now' }).end('four');
  });
  const vendor = await fakeSparkfly();
  const running = await sparkflyApp({
    account: { baseURL: api.origin, tokenURL: vendor.tokenURL, identity: vendor.identity, key: vendor.key },
  });
  const { client } = running;
  const stream = async (url: string): Promise<IncomingMessage> =>
    (await client.axiosRef.get<IncomingMessage>(url, { responseType: 'stream' })).data;
  return { api, vendor, client, stream };
}

const factsOf = (stream: object): object =>
  Object.fromEntries(FACTS.map((name) => [name, (stream as Record<string, unknown>)[name]]));

describe('a streamed response', () => {
  test('says of itself what axios’s own says, before and after it is read', async () => {
    const { api, stream } = await start();
    const ours = await stream('/picture.png?key=secret');
    const { data: plain } = await axios.get<IncomingMessage>(`${api.origin}/picture.png`, { responseType: 'stream' });
    const before = factsOf(ours);
    expect(before).toEqual({ ...factsOf(plain), rawHeaders: expect.any(Array) as string[] });
    expect(before).toMatchObject({ statusCode: 200, headers: { 'content-type': 'image/png' } });
    expect(String(await buffer(ours))).toBe('four');
    await buffer(plain);
    expect(ours.complete).toBe(true);
    expect(ours).toMatchObject({ responseUrl: `${api.origin}/picture.png` });
    expect(api.requests).toHaveLength(2);
  });

  test('keeps name, type and length in a form', async () => {
    const { stream } = await start();
    const form = new FormData();
    form.append('file', await stream('/pictures/cat.png'));
    const length = await new Promise<number>((resolve, reject) =>
      form.getLength((error, known) => (error ? reject(error) : resolve(known))),
    );
    const sent = await buffer(form.pipe(new PassThrough()));
    expect(sent.length).toBe(length);
    expect(String(sent)).toMatch(/filename="cat\.png"\r\nContent-Type: image\/png\r\n\r\nfour/);
  });

  test('has its trailers at the end', async () => {
    const { api, stream } = await start();
    api.answerWith((_, response) => {
      response.writeHead(200, { Trailer: 'X-Sum' });
      response.write('x');
      response.addTrailers({ 'X-Sum': '7' });
      response.end();
    });
    const data = await stream('/');
    await buffer(data);
    expect(data).toMatchObject({ complete: true, trailers: { 'x-sum': '7' }, rawTrailers: ['X-Sum', '7'] });
  });

  test('tells that it was aborted', async () => {
    const { api, stream } = await start();
    api.answerWith((_, response) => {
      response.writeHead(200, { 'Content-Length': 10 }).write('x');
      setTimeout(() => response.destroy(), 20);
    });
    const data = await stream('/');
    await once(data, 'aborted');
    expect(data).toMatchObject({ aborted: true, complete: false });
  });

  test('leads to no request and no token', async () => {
    const { vendor, stream } = await start();
    const data = await stream('/picture.png?key=secret-in-the-query');
    expectNoSecret(data, [...vendor.tokensIssued, vendor.key, 'secret-in-the-query']);
    for (const name of ['req', 'socket', 'connection']) expect(data).not.toHaveProperty(name);
    data.destroy();
  });
});
