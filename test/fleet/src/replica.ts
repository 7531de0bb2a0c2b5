// A process of the fleet: a Nest app with one account and a RedisTokenStore, which does what the coordinator says.
import 'reflect-metadata';
import { Agent } from 'node:http';
import type { INestApplicationContext } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuthApis, AuthApisModule, systemClock, type AuthApisOptions } from 'nestjs-auth-apis';
import { RedisTokenStore } from 'nestjs-auth-apis/redis';
import { Calls } from './calls.js';
import type { DeedName, Deeds, Order, ReplicaSettings, Report } from './messages.js';
import { READY } from './messages.js';
import { connect, type RedisConnection } from './redis-client.js';

/** The app while a scenario runs. */
interface Running {
  readonly name: string;
  /** Of token requests alone: calls have another. */
  readonly tokenAgent: Agent;
  readonly app: INestApplicationContext;
  readonly redis: RedisConnection;
  readonly calls: Calls;
  tokensTakenOver: number;
  readonly storeProblems: string[];
}

let running: Running | undefined;

type DeedsDone = { [Name in DeedName]: (told: Deeds[Name]['told']) => Promise<Deeds[Name]['answers']> };

const deeds: DeedsDone = {
  async start(settings) {
    const redis = await connect(settings);
    const tokenAgent = new Agent();
    const options = optionsOf(settings, redis, tokenAgent);
    const root = { module: class ReplicaModule {}, imports: [AuthApisModule.forRoot(options)] };
    const app = await NestFactory.createApplicationContext(root, { logger: false, abortOnError: false });
    const apis = app.get(AuthApis);
    const now: Running = {
      name: settings.name,
      tokenAgent,
      app,
      redis,
      calls: new Calls(apis.client(settings.vendor.api)),
      tokensTakenOver: 0,
      storeProblems: [],
    };
    apis.events$.subscribe((event) => {
      if (event.type === 'tokenObtained' && event.source === 'store') now.tokensTakenOver++;
      if (event.type === 'storeUnavailable') now.storeProblems.push(event.problem);
    });
    running = now;
    return null;
  },
  burst: async (told) => running!.calls.burst(told),
  stream: async (told) => running!.calls.stream(told),
  async state() {
    const { name, tokenAgent, redis, tokensTakenOver, storeProblems } = running!;
    const isAsking = Object.keys(tokenAgent.sockets).length > 0;
    return { name, isAsking, isConnected: redis.isConnected(), tokensTakenOver, storeProblems };
  },
  async stop() {
    running?.calls.close();
    await running?.app.close();
    running?.redis.close();
    running = undefined;
    return null;
  },
};

function optionsOf(settings: ReplicaSettings, { client }: RedisConnection, httpAgent: Agent): AuthApisOptions {
  const { vendor, prefix, encryptionKey, wallOffsetMs, refreshes } = settings;
  return {
    [vendor.api]: { ...vendor.account, http: { httpAgent } },
    prefetch: 'none',
    refresh: { enabled: refreshes },
    store: new RedisTokenStore({ client, prefix, encryption: { keys: [{ kid: 'fleet', key: encryptionKey }] } }),
    clock: { ...systemClock, wallNow: () => systemClock.wallNow() + wallOffsetMs },
  };
}

async function obey<Name extends DeedName>({ id, deed, told }: Order<Name>): Promise<void> {
  const report: Report = await deeds[deed](told).then(
    (answer) => ({ id, answer }),
    (error: unknown) => ({ id, problem: String(error) }),
  );
  process.send!(report);
}

process.on('message', (order: Order) => void obey(order));
process.on('disconnect', () => process.exit()); // never outlives the coordinator
process.on('SIGINT', () => {}); // a Ctrl-C is the coordinator's
process.send!(READY);
