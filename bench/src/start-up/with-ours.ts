import 'reflect-metadata';
import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuthApisModule } from 'nestjs-auth-apis';
import { report } from './report.js';

/** The same with this package and an account of each vendor; no token is asked for. */
class App {}
const auth = AuthApisModule.forRoot({
  verbit: { apiKey: 'key' },
  sparkfly: { identity: 'identity', key: 'key' },
  prefetch: 'none',
});
Module({ imports: [HttpModule.register({}), auth] })(App);
const app = await NestFactory.createApplicationContext(App, { logger: false });
await report();
await app.close();
