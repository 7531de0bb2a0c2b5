import { createHttpHeaders, type HttpClient } from '@azure/core-rest-pipeline';
import type { AxiosAdapter } from 'axios';

/** What a real answer's body would be. */
export const ORDER_TEXT = '{"id":7,"name":"Sample order 7","status":"completed","language":"en-US"}';
export const JSON_HEADERS = { 'content-type': 'application/json' };

/** In place of axios's http adapter. */
export const stubAdapter: AxiosAdapter = (config) =>
  Promise.resolve({ data: ORDER_TEXT, status: 200, statusText: 'OK', headers: JSON_HEADERS, config });

/** In place of `fetch`. */
export const stubFetch = (): Promise<Response> => Promise.resolve(new Response(ORDER_TEXT, { headers: JSON_HEADERS }));

/** In place of the HTTP client below a pipeline of `@azure/core-rest-pipeline`. */
export const stubAzureClient: HttpClient = {
  sendRequest: (request) =>
    Promise.resolve({ request, status: 200, headers: createHttpHeaders(JSON_HEADERS), bodyAsText: ORDER_TEXT }),
};
