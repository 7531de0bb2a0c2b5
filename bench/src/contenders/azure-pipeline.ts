import { Agent } from 'node:http';
import type { HttpClient, Pipeline } from '@azure/core-rest-pipeline';
import { createDefaultHttpClient, createPipelineRequest } from '@azure/core-rest-pipeline';
import type { Caller, Place } from './contender.js';
import { ORDER_PATH, StatusError } from './contender.js';
import { SOCKETS } from './sockets.js';
import { stubAzureClient } from './stubs.js';

/** Calls through a pipeline of `@azure/core-rest-pipeline`. */
export function pipelineCaller(pipeline: Pipeline, place: Place): Caller {
  const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS });
  const client = place.network === 'stub' ? stubAzureClient : plainHttp(createDefaultHttpClient());
  // The policy refuses every URL but https, also on loopback.
  const url = `${place.baseURL}${ORDER_PATH}`.replace(/^http:/, 'https:');
  return {
    async call() {
      const request = createPipelineRequest({ url, agent, allowInsecureConnection: true });
      const { status, bodyAsText } = await pipeline.sendRequest(client, request);
      if (status !== 200) throw new StatusError(status);
      return JSON.parse(bodyAsText!) as unknown;
    },
    close: () => agent.destroy(),
  };
}

/** Takes the s off again below the pipeline: encryption is not what is measured here. */
function plainHttp(client: HttpClient): HttpClient {
  return {
    sendRequest(request) {
      request.url = request.url.replace(/^https:/, 'http:');
      return client.sendRequest(request);
    },
  };
}
