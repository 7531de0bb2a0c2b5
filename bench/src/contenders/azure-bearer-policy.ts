import { bearerTokenAuthenticationPolicy, createEmptyPipeline } from '@azure/core-rest-pipeline';
import { pipelineCaller } from './azure-pipeline.js';
import { buyToken } from './buy-token.js';
import type { Contender } from './contender.js';

/** The policy alone: the logging, retrying and tracing of a whole Azure client would only cost it. */
export const azureBearerPolicy: Contender = {
  id: 'azure-bearer-policy',
  title: '`@azure/core-rest-pipeline`, bearer policy',
  transport: 'azure',
  role: 'refreshing',
  yardstick: 'static-azure',
  async open(place) {
    const pipeline = createEmptyPipeline();
    const credential = {
      async getToken() {
        const { value, expiresAt } = await buyToken(place);
        return { token: value, expiresOnTimestamp: expiresAt };
      },
    };
    pipeline.addPolicy(bearerTokenAuthenticationPolicy({ credential, scopes: 'orders' }));
    return pipelineCaller(pipeline, place);
  },
};
