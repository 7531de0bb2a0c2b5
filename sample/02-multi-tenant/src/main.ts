// Starts the app, plays the story, and ends; with --serve it stays until Ctrl-C.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { once } from 'node:events';
import { AppModule } from './app.module.js';
import { Story } from './demo/story.js';
import { TenantsDatabase } from './tenants/tenants.database.js';

async function main(): Promise<void> {
  const { signal } = stopper();
  const app = await NestFactory.create(AppModule, {
    logger: ['error'], // in an app of yours leave the log on: the module writes a line for each change
    forceCloseConnections: true,
  });
  try {
    await app.listen(Number(process.env.PORT ?? 0), '127.0.0.1');
    const url = await app.getUrl();
    console.log(`The tenants are in ${app.get(TenantsDatabase).path}`);
    await app.get(Story).play(url, signal);
    if (process.argv.includes('--serve') && !signal.aborted) {
      console.log(`\nListening on ${url} (Ctrl-C stops). Try: curl ${url}/tenants/bakery/offers`);
      await once(signal, 'abort');
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  } finally {
    await app.close();
  }
  console.log('\nStopped.');
}

/** Ctrl-C and SIGTERM. npm may pass a Ctrl-C on a second time, so the handlers stay. */
function stopper(): AbortController {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM']) process.on(name, () => controller.abort());
  return controller;
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
