import { json, type Answer } from '../vendor/answer.js';
import type { Call } from '../vendor/call.js';

const OFFERS = [
  { id: 101, name: 'Free coffee', status: 'active' },
  { id: 102, name: 'Two for one', status: 'active' },
  { id: 103, name: 'Summer discount', status: 'expired' },
];

export function listOffers(): Answer {
  return json(200, OFFERS);
}

export function searchMember({ query }: Call): Answer {
  const { identifier } = query;
  if (!identifier) return json(400, { error: 'The parameter identifier is missing' });
  return json(200, { id: 201, identifier, status: 'active' });
}

export function issueCredential({ query }: Call): Answer {
  const { member_id, offer_id, channel_id } = query;
  const missing = Object.entries({ member_id, offer_id, channel_id }).find(([, value]) => !value)?.[0];
  if (missing) return json(400, { error: `The parameter ${missing} is missing` });
  return json(201, { id: 301, member_id, offer_id, channel_id, status: 'issued' });
}
