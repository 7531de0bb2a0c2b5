import { describe, expect, it } from 'vitest';
import { RequestLog } from '../../../lib/testing/vendor/request-log.js';

describe('the request log', () => {
  it('keeps the last 10,000 requests, oldest first', () => {
    const log = new RequestLog();
    const call = { method: 'GET', path: '/', query: {}, httpVersion: '1.1', headers: {}, rawHeaders: [] };
    for (let at = 0; at <= 10_001; at += 1) log.add({ ...call, body: Buffer.from('') }, 'api', at);
    expect(log.entries).toHaveLength(10_000);
    expect([log.entries[0]?.at, log.entries.at(-1)?.at]).toEqual([2, 10_001]);
  });
});
