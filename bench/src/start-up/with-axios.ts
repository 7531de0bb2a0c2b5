import 'reflect-metadata';
import { HttpModule } from '@nestjs/axios';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { report } from './report.js';

/** The same with `@nestjs/axios`: what calls APIs has it anyway. */
class App {}
Module({ imports: [HttpModule.register({})] })(App);
const app = await NestFactory.createApplicationContext(App, { logger: false });
await report();
await app.close();
