import { createEmptyPipeline } from '@azure/core-rest-pipeline';
import { pipelineCaller } from './azure-pipeline.js';
import { buyToken } from './buy-token.js';
import type { Contender } from './contender.js';

/** A pipeline whose only policy sets a header that is written once. */
export const staticAzure: Contender = {
  id: 'static-azure',
  title: '`@azure/core-rest-pipeline`, static header',
  transport: 'azure',
  role: 'static',
  yardstick: 'static-azure',
  async open(place) {
    const { value } = await buyToken(place);
    const pipeline = createEmptyPipeline();
    pipeline.addPolicy({
      name: 'static header',
      sendRequest(request, next) {
        request.headers.set('Authorization', `Bearer ${value}`);
        return next(request);
      },
    });
    return pipelineCaller(pipeline, place);
  },
};
