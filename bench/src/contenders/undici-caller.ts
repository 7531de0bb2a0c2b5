import { Agent, type Dispatcher, request } from 'undici';
import { type Caller, ORDER_PATH, type Place, StatusError } from './contender.js';
import { SOCKETS } from './sockets.js';
import { StubDispatcher } from './stub-dispatcher.js';

interface Authorization {
  readonly headers?: Record<string, string>;
  readonly interceptor?: Dispatcher.DispatcherComposeInterceptor;
}

/** Calls with `undici.request`, authorized by a header or by an interceptor. */
export function undiciCaller({ network, baseURL }: Place, { headers, interceptor }: Authorization): Caller {
  const base = network === 'stub' ? new StubDispatcher() : new Agent({ connections: SOCKETS });
  const dispatcher = interceptor ? base.compose(interceptor) : base;
  const url = `${baseURL}${ORDER_PATH}`;
  return {
    async call() {
      const { statusCode, body } = await request(url, { dispatcher, headers });
      if (statusCode !== 200) throw new StatusError(statusCode);
      return body.json();
    },
    close: () => (base instanceof Agent ? base.close() : undefined),
  };
}
