// Starts the app, plays the story, ends. No HTTP server of its own: an application context will do.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { Story } from './demo/story.js';

async function main(): Promise<void> {
  // In an app of yours leave the log on: the module writes a line for each change.
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
  try {
    await app.get(Story).play();
  } finally {
    await app.close();
  }
  console.log('\nStopped.');
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
