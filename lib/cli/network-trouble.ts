/** Why no answer came, by the error's code. */
export interface Explanation {
  /** Stable; stands in `--json`. */
  readonly kind: string;
  readonly meaning: string;
  readonly remedy: string;
}

type Row = readonly [codes: RegExp, kind: string, meaning: string, remedy: string];

const ROWS: readonly Row[] = [
  [
    /^(ENOTFOUND|EAI_)/,
    'dns',
    'The name of the host is not known here.',
    'Check the spelling of the URL, and whether this machine can look up names of the internet.',
  ],
  [
    /^ECONNREFUSED$/,
    'connection-refused',
    'The machine is there, but nobody listens at this port.',
    'Check host and port of the URL; a firewall may say no in the same way.',
  ],
  [
    /^(ETIMEDOUT|ECONNABORTED|ERR_CANCELED)$/,
    'timeout',
    'No answer came in time.',
    'A firewall that drops connections looks like this, and so does a slow vendor: try --timeout=30.',
  ],
  [
    /^(EHOSTUNREACH|ENETUNREACH|ENETDOWN|EADDRNOTAVAIL|EACCES)$/,
    'no-route',
    'There is no way from this machine to the host.',
    'Check the network, and what containers and firewalls let out.',
  ],
  [
    /^(ECONNRESET|EPIPE)$/,
    'connection-lost',
    'The connection was cut before an answer came.',
    'It may pass. If it does not: a firewall or proxy may cut it, or the scheme (http, https) is wrong.',
  ],
  [
    /^CERT_HAS_EXPIRED$|^CERT_NOT_YET_VALID$/,
    'tls',
    'The certificate is not valid at this time.',
    'Check the clock of this machine; else the certificate is the matter of whoever runs the host.',
  ],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    'tls',
    'The certificate is for another host.',
    'Check the host of the URL; a proxy or login page of the network may have answered in its place.',
  ],
  [
    /CERT|SELF_SIGNED|UNABLE_TO_|CRL|ISSUER/,
    'tls',
    'The certificate is not signed by anybody whom Node trusts.',
    'A proxy that opens TLS? Give Node its root: NODE_EXTRA_CA_CERTS=/path/to/root.pem, set before the command (not in a .env).',
  ],
  [
    /^(EPROTO|ERR_SSL_.*|ERR_TLS_.*)$/,
    'tls',
    'The two sides agree on no way to encrypt; often the port speaks plain http.',
    'Check scheme and port of the URL.',
  ],
  [/^(HPE_|ERR_BAD_REQUEST$)/, 'not-http', 'What answered does not speak HTTP.', 'Check host and port of the URL.'],
  [
    /^ERR_BAD_RESPONSE$/,
    'no-token',
    'The answer is longer than any with a token; it may be a web page.',
    'Check host and path of the URL.',
  ],
];

export function networkTrouble(code: string | undefined): Explanation {
  const [, kind, meaning, remedy] = ROWS.find(([codes]) => code !== undefined && codes.test(code)) ?? UNKNOWN;
  return { kind, meaning, remedy };
}

const UNKNOWN: Row = [/^/, 'network', 'No answer came.', 'Check the network, and whether the URL is right.'];
