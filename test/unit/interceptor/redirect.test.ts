import type { AxiosAdapter, AxiosResponse, InternalAxiosRequestConfig } from 'axios';
import type { ClientRequest, RequestOptions } from 'node:http';
import { Socket } from 'node:net';
import { expect, test } from 'vitest';
import { redirected } from '../../../lib/interceptor/redirect.js';
import { plainServer } from '../../support/plain-server.js';

interface Transport {
  request(options: RequestOptions, onResponse: (response: { statusCode: number }) => void): ClientRequest;
}

test('what is asked of the socket of the redirect is up to axios, which has changed its mind before', async () => {
  const { origin, port } = await plainServer();
  const config = { url: origin, headers: {} } as InternalAxiosRequestConfig;
  const sockets: Socket[] = [];
  // As the http adapter of axios 1.18 does, which does not look whether the socket can.
  const adapter: AxiosAdapter = ({ transport }) =>
    new Promise<AxiosResponse>((resolve) => {
      const options = { protocol: 'http:', hostname: '127.0.0.1', port, path: '/', headers: {} };
      (transport as Transport)
        .request(options, ({ statusCode }) => resolve({ status: statusCode } as AxiosResponse))
        .on('socket', (socket) => sockets.push(socket.setKeepAlive(true, 60_000).setNoDelay(true)))
        .end();
    });
  const redirect = { statusCode: 302, headers: { location: '/to' }, path: '/', host: `127.0.0.1:${port}` };
  const request = { config, redirectRules: () => ({}) };
  expect((await redirected(adapter, request, redirect, 0)).status).toBe(200);
  expect(sockets.map((socket) => socket instanceof Socket)).toEqual([true, true]);
});
