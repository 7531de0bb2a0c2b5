import { randomBytes, randomUUID } from 'node:crypto';
import type { Clock } from '../../common/clock.js';
import { json, type Answer } from '../vendor/answer.js';
import type { Call } from '../vendor/call.js';
import { echo } from '../vendor/echo.js';
import { signJwt } from './hs256-jwt.js';
import type { KeyRing } from '../vendor/key-ring.js';
import { route } from '../vendor/route.js';
import type { TokenBook, TokenTimes, TokenVerdict } from '../vendor/token-book.js';
import type { VendorWire } from '../vendor/vendor-wire.js';
import { readApiKey, readJson } from './verbit-body.js';
import { VerbitEnvelope, VerbitProblem } from './verbit-envelope.js';
import { VerbitOrders } from './verbit-orders.js';

/** Which of Verbit's two token endpoints is spoken. */
export type VerbitContract = 'v0.8' | 'users';

/** For whom a token was issued. */
export interface VerbitTokenOwner {
  readonly apiKey: string;
}

const BASE_PATH = '/api/v1';

const SCHEMA = { schema_timestamp: '2021-03-01T00:00:00.000Z', schema_hash: '5f2b8c1d', schema_name: 'auth_response' };

const VERDICTS: Readonly<Record<Exclude<TokenVerdict, 'good'>, string>> = {
  missing: 'The token is missing.',
  unknown: 'The token is not valid.',
  expired: 'The token has expired.',
  revoked: 'The token is not valid any more.',
};

/** Verbit's wire format, after "Verbit Transcribe (v0.8 tech preview)" and verbit.readme.io "Authentication". */
export function verbitWire(
  contract: VerbitContract,
  keys: KeyRing,
  tokens: TokenBook<VerbitTokenOwner>,
  clock: Clock,
): VendorWire {
  const envelope = new VerbitEnvelope(clock);
  const orders = new VerbitOrders();
  const secret = randomBytes(32);

  const auth = (call: Call): Answer => {
    const apiKey = readApiKey(readJson(call), contract === 'v0.8' ? 'payload' : 'data');
    if (!keys.accepts(apiKey)) return envelope.failure(call, 401);
    const token = tokens.issue({ apiKey }, (times) => signJwt(claimsOf(times), secret));
    return contract === 'users' ? json(200, { token }) : envelope.wrap(call, 200, { data: { token }, ...SCHEMA });
  };

  const guarded =
    (answer: (call: Call, ...params: string[]) => Answer) =>
    (call: Call, ...params: string[]): Answer => {
      try {
        return answer(call, ...params);
      } catch (error) {
        if (error instanceof VerbitProblem) return envelope.problem(call, error);
        throw error;
      }
    };

  return {
    basePath: BASE_PATH,
    tokenPath: `${BASE_PATH}/auth`,
    routes: [
      route('token', 'POST', `${BASE_PATH}/auth`, guarded(auth)),
      route(
        'api',
        'POST',
        `${BASE_PATH}/orders`,
        guarded((call) => orders.create(call)),
      ),
      route(
        'api',
        'GET',
        `${BASE_PATH}/orders/:id`,
        guarded((_, id = '') => orders.show(id)),
      ),
      route(
        'api',
        'POST',
        `${BASE_PATH}/orders/:id/cancel`,
        guarded((_, id = '') => orders.cancel(id)),
      ),
      route('api', undefined, `${BASE_PATH}/echo`, echo),
    ],
    tokenOf: ({ headers }) => /^bearer +(\S+)$/i.exec(headers['authorization'] ?? '')?.[1],
    unauthorized: (call, verdict) => envelope.problem(call, new VerbitProblem(401, 'unauthorized', VERDICTS[verdict])),
    failure: (call, status) => envelope.failure(call, status),
  };
}

/** Seconds, as RFC 7519 has it; fractions of them, so that lives of a few hundred milliseconds can be had. */
function claimsOf({ issuedAt, expiresAt }: TokenTimes): Record<string, unknown> {
  return { iat: issuedAt / 1000, exp: expiresAt / 1000, jti: randomUUID() };
}
