import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { report } from './report.js';

/** A Nest app that does nothing. */
class App {}
Module({})(App);
const app = await NestFactory.createApplicationContext(App, { logger: false });
await report();
await app.close();
