import { describe, expect, test } from 'vitest';
import { networkTrouble } from '../../../lib/cli/network-trouble.js';
import { proxyVariable } from '../../../lib/cli/proxy-variable.js';

test.each([
  ['ENOTFOUND', 'dns'],
  ['EAI_AGAIN', 'dns'],
  ['ECONNREFUSED', 'connection-refused'],
  ['ETIMEDOUT', 'timeout'],
  ['EHOSTUNREACH', 'no-route'],
  ['ECONNRESET', 'connection-lost'],
  ['CERT_HAS_EXPIRED', 'tls'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'tls'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'tls'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'tls'],
  ['EPROTO', 'tls'],
  ['ERR_SSL_WRONG_VERSION_NUMBER', 'tls'],
  ['HPE_INVALID_CONSTANT', 'not-http'],
  ['ERR_BAD_RESPONSE', 'no-token'],
  ['ESOMETHING', 'network'],
  [undefined, 'network'],
])('%s is %s', (code, kind) => {
  const { kind: told, meaning, remedy } = networkTrouble(code);
  expect(told).toBe(kind);
  expect([meaning, remedy]).toEqual([expect.stringMatching(/^[A-Z].+\.$/), expect.stringMatching(/^[A-Z].+[.)]$/)]);
});

test('what must be done about a certificate depends on what is wrong with it', () => {
  const remedies = ['CERT_HAS_EXPIRED', 'ERR_TLS_CERT_ALTNAME_INVALID', 'SELF_SIGNED_CERT_IN_CHAIN', 'EPROTO'].map(
    (code) => networkTrouble(code).remedy,
  );
  expect(new Set(remedies).size).toBe(4);
  expect(remedies[2]).toContain('NODE_EXTRA_CA_CERTS');
});

describe('the variable that leads through a proxy', () => {
  const URL = 'https://api.verbit.co/api/v1/auth';

  test('is the one for the scheme, else that for all', () => {
    expect(proxyVariable(URL, { HTTPS_PROXY: 'p' })).toBe('HTTPS_PROXY');
    expect(proxyVariable(URL, { https_proxy: 'p', HTTPS_PROXY: 'q' })).toBe('https_proxy');
    expect(proxyVariable(URL, { HTTP_PROXY: 'p', ALL_PROXY: 'q' })).toBe('ALL_PROXY');
    expect(proxyVariable('http://vendor.test/auth', { HTTP_PROXY: 'p' })).toBe('HTTP_PROXY');
    expect(proxyVariable(URL, { HTTP_PROXY: 'p', HTTPS_PROXY: '' })).toBeUndefined();
  });

  test.each(['*', 'verbit.co', '.verbit.co', '*.verbit.co', 'other.test, api.verbit.co', 'api.verbit.co:443'])(
    'is none where NO_PROXY says %s',
    (exceptions) => {
      expect(proxyVariable(URL, { HTTPS_PROXY: 'p', NO_PROXY: exceptions })).toBeUndefined();
      expect(proxyVariable(URL, { HTTPS_PROXY: 'p', no_proxy: exceptions })).toBeUndefined();
    },
  );

  test.each(['', 'bit.co', 'verbit.com', 'sub.api.verbit.co'])('NO_PROXY=%s does not concern it', (exceptions) => {
    expect(proxyVariable(URL, { HTTPS_PROXY: 'p', NO_PROXY: exceptions })).toBe('HTTPS_PROXY');
  });
});
