import 'reflect-metadata';
import type { INestApplicationContext } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { AuthApisModule, type VerbitOptions } from 'nestjs-auth-apis';
import type { Place } from './contender.js';

/** A Nest app with one account, cold, and otherwise with the defaults. */
export function openApp(place: Place, account: Partial<VerbitOptions> = {}): Promise<INestApplicationContext> {
  const { apiKey, baseURL, tokenURL } = place;
  const App = class {};
  const verbit = { apiKey, baseURL, tokenURL, ...account };
  Module({ imports: [AuthApisModule.forRoot({ verbit, prefetch: 'none' })] })(App);
  return NestFactory.createApplicationContext(App, { logger: false });
}
