// Starts the app, tells where it listens, and stops in good order.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from './app.module.js';
import { Demo } from './demo/demo.js';
import { listenAddress } from './environment.js';
import { startProblem } from './start-problem.js';
import { stopOnSignal } from './stop-on-signal.js';
import { StoryLogger } from './story.logger.js';

async function bootstrap(): Promise<void> {
  const { port, host } = listenAddress();
  const app = await NestFactory.create(AppModule, {
    logger: new StoryLogger(),
    abortOnError: false, // so that `startProblem` has the word, not a stack trace
    forceCloseConnections: true, // a browser's idle connection must not delay the end
  });
  await app.listen(port, host);
  stopOnSignal(async () => {
    await app.close();
    console.log('Stopped.');
  });

  const url = await app.getUrl();
  console.log(`
Listening on ${url} (Ctrl-C stops). Watch the tokens in a browser:
  ${url}/auth-apis
Try from another terminal:
  curl ${url}/offers      offers, from Sparkfly
  curl ${url}/orders/7    an order, from Verbit
  curl ${url}/status      how the tokens are, and what is planned for them
  curl ${url}/health      up, or up until when, or down
  curl ${url}/metrics     the same in numbers, for Prometheus
`);
  app.get(Demo).play(url);
}

bootstrap().catch((error: unknown) => {
  console.error(startProblem(error));
  process.exit(1);
});
