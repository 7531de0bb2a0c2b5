import { AuthApisError } from './errors.js';

/** What Node, axios, follow-redirects and undici read of options that do not have it: where a request goes, and by which TLS. */
const CONNECTION_OPTIONS: ReadonlySet<string> = new Set(
  [
    // http, net, dns
    'agent agents auth autoSelectFamily createConnection defaultPort family fd handle headers hints host hostname href',
    'insecureHTTPParser localAddress localPort lookup onread path pathname port protocol proxyEnv search servername setHost',
    'socket socketPath',
    // tls
    'ALPNCallback ALPNProtocols SNICallback allowPartialTrustChain ca cert checkServerIdentity ciphers clientCertEngine crl',
    'dhparam ecdhCurve enableTrace isServer key maxVersion minDHSize minVersion passphrase pfx privateKeyEngine',
    'privateKeyIdentifier pskCallback rejectUnauthorized requestCert secureContext secureOptions secureProtocol session',
    'sigalgs',
    // axios, follow-redirects, https-proxy-agent
    'adapter allowAbsoluteUrls baseURL beforeRedirect beforeRedirects http2Options httpAgent httpVersion httpsAgent',
    'maxRedirects nativeProtocols proxy secureEndpoint secureProxy sensitiveHeaders transport url',
    // undici
    'allowH2 clientFactory connect connector dispatcher factory httpProxy httpSocket httpsProxy interceptors noProxy origin',
    'proxyTls proxyTunnel query redirect requestTls tls upgrade uri useH2c',
    // `process.env`, which inherits from it too; proxies are told by their ending
    'NODE_EXTRA_CA_CERTS NODE_TLS_REJECT_UNAUTHORIZED NODE_USE_ENV_PROXY',
  ].flatMap((names) => names.split(' ')),
);
const PROXY_VARIABLE = /_proxy$/i;

const ANY_OBJECT: object = {};

/**
 * The error for a request with credentials while `Object.prototype` has an option of connections. Libraries below would take
 * it for their own, for one in every object that they make: a proxy, a socket, a check of certificates that passes.
 */
export function pollutedPrototype(): AuthApisError | undefined {
  // Own names would cost a microsecond for each call; what is assigned, as pollution is, is enumerable.
  for (const name in ANY_OBJECT) {
    if (CONNECTION_OPTIONS.has(name) || PROXY_VARIABLE.test(name)) return pollutedWith(name);
  }
  return undefined;
}

function pollutedWith(name: string): AuthApisError {
  const message =
    `Object.prototype.${name} is set, and would change where requests go or how they are secured: nothing is sent until ` +
    'it is removed. Find what sets it: often a merge of untrusted JSON';
  return new AuthApisError('PROTOTYPE_POLLUTED', message, { retryable: true });
}
