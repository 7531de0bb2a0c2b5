// One replica: an ordinary Nest app, which tells whoever started it where it listens.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';

async function main(): Promise<void> {
  const app = await NestFactory.create(AppModule, {
    logger: ['error'], // in an app of yours leave the log on: the module writes a line for each change
    forceCloseConnections: true,
  });
  app.enableShutdownHooks(['SIGTERM']);
  // A Ctrl-C in the terminal goes to all, and so does its end; the demo ends its replicas itself.
  for (const name of ['SIGINT', 'SIGHUP']) process.on(name, () => {});
  process.on('disconnect', () => process.exit()); // the demo is gone
  await app.listen(0, '127.0.0.1');
  process.send?.({ url: await app.getUrl() });
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
