import { jwt } from './vendor.js';
import type { Behaviour, Exchange } from './faulty-server.js';
import type { World } from './world.js';

/** A thing that goes wrong with one of the two servers. */
export interface Fault {
  readonly name: string;
  readonly behaviour?: Behaviour | ((world: World) => Behaviour);
  /** The server's name cannot be resolved. */
  readonly losesName?: boolean;
  /** Whether the server gets to see a request. @default true */
  readonly isSeen?: boolean;
  /** Connections to the token endpoint are open and idle when it begins, for callers without a token too. */
  readonly isPooled?: boolean;
  /** @default 'verbit' */
  readonly vendor?: 'sparkfly';
}

/** What the token endpoint's fault means to callers, in clock time. */
export interface TokenFaultOutcome {
  /** Calls through the whole life of a token, during which the fault lasts. */
  readonly living: string;
  /** A call just after the token has died, the fault having lasted since it was bought. */
  readonly died: string;
  /** A first call without a token, the fault ending after 4 s. */
  readonly shortOutage: string;
  /** A first call without a token, and those from 10 s on, the fault not ending. */
  readonly longOutage: string;
  /** Token requests in 10 minutes without a token, a call every 5 s, chance making all pauses as short as can be. */
  readonly requests: number;
  /** From the end of the fault to the next token, the fault ending at the worst moment, pauses as long as can be. */
  readonly recovery: string;
}

export interface TokenFault extends Fault {
  readonly expected: TokenFaultOutcome;
}

/** What the API's fault means to a caller. */
export interface ApiFaultOutcome {
  /** A call with a living token. */
  readonly living: string;
  /** A call without one, which buys it. */
  readonly died: string;
  /** Token requests of the first, and of the second. */
  readonly requests: string;
  /** Whether the token outlives the fault. */
  readonly token: string;
  /** The next call when the fault has ended. */
  readonly recovery: string;
}

export interface ApiFault extends Fault {
  readonly expected: ApiFaultOutcome;
}

export const MEGABYTE = 1_000_000;

const answers = (status: number, headers: Record<string, string | string[]> = {}, body = ''): Behaviour => ({
  request: ({ response }) => void response.writeHead(status, headers).end(body),
});
export const status = (code: number): Behaviour =>
  answers(code, { 'Content-Type': 'application/json' }, `{"error":"${code}"}`);
const tokenBody = (token: unknown): Behaviour =>
  answers(200, { 'Content-Type': 'application/json' }, JSON.stringify({ data: { token } }));
const HTML = '<!doctype html><html><body>Sign in</body></html>';

const refused: Fault = { name: 'refused connection', behaviour: { refuses: true }, isSeen: false };
const resetBefore: Fault = {
  name: 'reset before the request was read',
  behaviour: { connection: (socket) => void socket.resetAndDestroy() },
  isSeen: false,
};
const resetAfter: Fault = {
  name: 'reset after the request was read',
  behaviour: { request: ({ request, socket }) => void request.once('end', () => socket.resetAndDestroy()) },
};
const staleSocket: Fault = {
  name: 'stale keep-alive socket',
  behaviour: {
    keepsConnections: true,
    request: (exchange) =>
      void (exchange.isReused ? exchange.socket.resetAndDestroy() : exchange.server.serve(exchange)),
  },
};
/** A caller without a token waits out the first pause. */
const onceMore = (fault: Fault): TokenFault => ({
  ...fault,
  isPooled: true,
  expected: {
    ...harmless,
    shortOutage: '200 after 1 s',
    longOutage: '200 after 0.5 s, then at once',
    requests: 2,
  },
});
const silence: Fault = {
  name: 'accept and silence',
  behaviour: { request: (exchange) => exchange.server.hold(exchange) },
};
const slowBytes: Fault = { name: 'slow bytes', behaviour: { request: drip } };
const truncated: Fault = {
  name: 'truncated body',
  behaviour: {
    request({ response }) {
      response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '100' }).write('{"data":{"tok');
      setImmediate(() => response.destroy());
    },
  },
};
const garbage: Fault = {
  name: 'garbage instead of HTTP',
  behaviour: { request: ({ socket }) => void socket.end('SSH-2.0-OpenSSH_9.6\r\n') },
};
const html: Fault = { name: 'HTML with 200', behaviour: answers(200, { 'Content-Type': 'text/html' }, HTML) };
const empty: Fault = { name: 'empty 200', behaviour: answers(200, { 'Content-Type': 'application/json' }) };
const hundredMegabytes: Fault = { name: '100 MB of body', behaviour: { request: flood } };
const brokenGzip: Fault = {
  name: 'broken gzip',
  behaviour: answers(200, { 'Content-Type': 'application/json', 'Content-Encoding': 'gzip' }, 'this is not gzip'),
};
const noName: Fault = { name: 'DNS failure', losesName: true, isSeen: false };
const coded = (code: number): Fault => ({ name: String(code), behaviour: status(code) });
const retryInSeconds: Fault = {
  name: '429, `Retry-After` in seconds',
  behaviour: answers(429, { 'Retry-After': '120' }),
};
const retryAtDate: Fault = {
  name: '429, `Retry-After` as a date',
  behaviour: {
    request({ response }) {
      const [now, later] = [0, 120_000].map((ms) => new Date(Date.now() + ms).toUTCString());
      response.writeHead(429, { Date: now, 'Retry-After': later }).end();
    },
  },
};

const passing: TokenFaultOutcome = {
  living: '200 at once',
  died: 'TOKEN_UNAVAILABLE at once',
  shortOutage: '200 after 7 s',
  longOutage: 'TOKEN_UNAVAILABLE after 7.5 s, then at once',
  requests: 25,
  recovery: '60 s',
};
/** Each attempt takes its 5 s, so there are fewer. */
const silent: TokenFaultOutcome = {
  ...passing,
  shortOutage: '200 after 6 s',
  longOutage: 'TOKEN_UNAVAILABLE after 10 s, then at once',
  requests: 22,
};
const refusal: TokenFaultOutcome = {
  living: '200 at once',
  died: 'CREDENTIALS_REJECTED at once',
  shortOutage: 'CREDENTIALS_REJECTED at once',
  longOutage: 'CREDENTIALS_REJECTED at once, then at once',
  requests: 8,
  recovery: '300 s',
};
const otherRefusal: TokenFaultOutcome = {
  ...refusal,
  died: 'TOKEN_REQUEST_FAILED at once',
  shortOutage: 'TOKEN_REQUEST_FAILED at once',
  longOutage: 'TOKEN_REQUEST_FAILED at once, then at once',
};
const paused: TokenFaultOutcome = {
  ...passing,
  shortOutage: 'TOKEN_UNAVAILABLE at once',
  longOutage: 'TOKEN_UNAVAILABLE at once, then at once',
  requests: 6,
  recovery: '120 s',
};
/** Nothing that a caller notices. */
const harmless: TokenFaultOutcome = {
  living: '200 at once',
  died: '200 at once',
  shortOutage: '200 at once',
  longOutage: '200 at once, then at once',
  requests: 1,
  recovery: 'at once',
};

export const tokenFaults: readonly TokenFault[] = [
  { ...refused, expected: passing },
  { ...resetBefore, expected: passing },
  { ...resetAfter, expected: passing },
  onceMore(staleSocket),
  { ...silence, expected: silent },
  { ...slowBytes, expected: silent },
  { ...truncated, expected: passing },
  { ...garbage, expected: passing },
  { ...html, expected: passing },
  { ...empty, expected: passing },
  { name: 'a token that is a number', behaviour: tokenBody(4_711), expected: passing },
  { name: 'a token that is an object', behaviour: tokenBody({ value: 'x' }), expected: passing },
  { name: 'a dead JWT', behaviour: { request: deadJwt }, expected: passing },
  { name: 'an absurd JWT (`exp` in the year 33658)', behaviour: absurdJwt, expected: harmless },
  { ...hundredMegabytes, expected: passing },
  { ...brokenGzip, expected: passing },
  {
    name: 'duplicate token headers',
    vendor: 'sparkfly',
    behaviour: answers(204, { 'X-Auth-Token': ['a'.repeat(64), 'b'.repeat(64)] }),
    expected: passing,
  },
  { name: '301 to a login page', behaviour: loginPage, expected: passing },
  ...[400, 401, 403].map((code) => ({ ...coded(code), expected: refusal })),
  { ...coded(404), expected: otherRefusal },
  ...[408, 425, 429].map((code) => ({ ...coded(code), expected: passing })),
  { ...retryInSeconds, expected: paused },
  { ...retryAtDate, expected: paused },
  ...[500, 502, 503, 504].map((code) => ({ ...coded(code), expected: passing })),
  { ...noName, expected: passing },
];

/** axios's own error, or the API's own answer; the token has nothing to do with it. */
const passedOn = (outcome: string): ApiFaultOutcome => ({
  living: outcome,
  died: outcome,
  requests: '0, 1',
  token: 'kept',
  recovery: '200 at once',
});

export const apiFaults: readonly ApiFault[] = [
  { ...refused, expected: passedOn('ECONNREFUSED') },
  { ...resetBefore, expected: passedOn('ECONNRESET') },
  { ...resetAfter, expected: passedOn('ECONNRESET') },
  { ...staleSocket, expected: { ...passedOn('ECONNRESET'), died: '200' } },
  { ...silence, expected: passedOn('ECONNABORTED') },
  { ...slowBytes, expected: passedOn('ERR_CANCELED') },
  { ...truncated, expected: passedOn('ERR_BAD_RESPONSE') },
  { ...garbage, expected: passedOn('HPE_INVALID_CONSTANT') },
  { ...html, expected: passedOn('200 HTML') },
  { ...empty, expected: passedOn('200 empty') },
  { ...hundredMegabytes, expected: passedOn('ERR_BAD_RESPONSE') },
  { ...brokenGzip, expected: passedOn('Z_DATA_ERROR') },
  { name: '301 to a login page', behaviour: loginPage, expected: passedOn('200 HTML') },
  ...[400, 403, 408, 425, 429].map((code) => ({ ...coded(code), expected: passedOn(String(code)) })),
  { ...retryInSeconds, expected: passedOn('429') },
  { ...retryAtDate, expected: passedOn('429') },
  ...[500, 502, 503, 504].map((code) => ({ ...coded(code), expected: passedOn(String(code)) })),
  { ...noName, expected: passedOn('ENOTFOUND') },
  {
    name: '401 to the first token',
    behaviour: rejectsFirstToken,
    expected: { ...passedOn('200'), requests: '1, 2', token: 'replaced' },
  },
  {
    name: '401 to every token',
    behaviour: status(401),
    expected: { ...passedOn('401'), requests: '1, 2', token: 'replaced' },
  },
];

/** A byte every 20 ms, and never the last. */
function drip(exchange: Exchange): void {
  const { response, server } = exchange;
  server.hold(exchange);
  response.writeHead(200, { 'Content-Type': 'application/json', 'Content-Length': '100000' });
  const timer = setInterval(() => response.write(' '), 20);
  response.once('close', () => clearInterval(timer));
}

/** As fast as the client reads. */
function flood({ response }: Exchange): void {
  const chunk = Buffer.alloc(64_000, 'x');
  let left = (100 * MEGABYTE) / chunk.length;
  response.writeHead(200, { 'Content-Type': 'application/json' });
  const pour = (): void => {
    while (left-- > 0) if (!response.write(chunk)) return;
    response.end();
  };
  response.on('drain', pour);
  pour();
}

function deadJwt({ response }: Exchange): void {
  const now = Date.now() / 1_000;
  const token = jwt({ iat: now - 7_200, exp: now - 3_600 });
  response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ data: { token } }));
}

/** Milliseconds where seconds belong; the documented hour is what it lives. */
function absurdJwt({ vendor }: World): Behaviour {
  return {
    request({ response }) {
      const token = vendor.note(jwt({ iat: Date.now() / 1_000, exp: 1e12 }));
      response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify({ data: { token } }));
    },
  };
}

/** The page stands on the other server, where a token request has no business. */
function loginPage({ tokenServer, apiServer }: World): Behaviour {
  return {
    request(exchange) {
      const { request, response, server } = exchange;
      if (request.url === '/login') return void response.writeHead(200, { 'Content-Type': 'text/html' }).end(HTML);
      const port = server === tokenServer ? apiServer.port : server.port;
      return void response.writeHead(301, { Location: `http://127.0.0.1:${port}/login` }).end();
    },
  };
}

function rejectsFirstToken(): Behaviour {
  let first: string | undefined;
  return {
    request(exchange) {
      const { authorization } = exchange.request.headers;
      first ??= authorization;
      if (authorization === first) exchange.response.writeHead(401).end();
      else exchange.server.serve(exchange);
    },
  };
}
