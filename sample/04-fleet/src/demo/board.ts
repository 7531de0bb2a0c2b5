// What the vendor sees: which replica called, with which token, and how many tokens were asked for.
import type { FakeSparkfly } from 'nestjs-auth-apis/testing';
import type { Traffic } from './traffic.js';

export class Board {
  private readonly startedAt = performance.now();
  private seen = 0;

  constructor(
    private readonly vendor: FakeSparkfly,
    private readonly traffic: Traffic,
  ) {}

  /** A line about the calls since the last one. */
  line(): string {
    const calls = new Map<string, number>();
    const tokens = new Map<number, Set<string>>();
    for (const { headers, kind, status } of this.newRequests()) {
      const replica = headers['x-replica'];
      if (kind !== 'api' || status !== 200 || !replica) continue;
      calls.set(replica, (calls.get(replica) ?? 0) + 1);
      const token = this.vendor.tokensIssued.indexOf(headers['x-auth-token'] ?? '') + 1;
      tokens.set(token, (tokens.get(token) ?? new Set()).add(replica));
    }
    const perReplica = [...calls].sort(byNumber).map(([replica, n]) => `${replica}: ${n}`);
    const shared = [...tokens].map(([token, by]) => `token ${token} is used by ${listed(by)}`);
    const seconds = Math.round((performance.now() - this.startedAt) / 1_000);
    return [
      `${String(seconds).padStart(3)} s`,
      `calls of replica ${perReplica.join(', ') || '-'}`,
      `failed: ${this.traffic.failed}`,
      `token requests: ${this.vendor.counters.tokenRequests}`,
      ...shared,
    ].join(' | ');
  }

  /** The vendor keeps the last 10,000 and counts all. */
  private newRequests(): FakeSparkfly['requests'] {
    const { tokenRequests, apiRequests } = this.vendor.counters;
    const isNew = tokenRequests + apiRequests - this.seen;
    this.seen += isNew;
    return isNew === 0 ? [] : this.vendor.requests.slice(-isNew);
  }
}

const byNumber = ([a]: [string, number], [b]: [string, number]): number => Number(a) - Number(b);

const listed = (replicas: Set<string>): string => [...replicas].sort((a, b) => Number(a) - Number(b)).join(', ');
