import type { Call } from '../vendor/call.js';
import { isRecord } from '../vendor/option-checks.js';
import { VerbitProblem } from './verbit-envelope.js';

/** @throws VerbitProblem when the body is not JSON or does not say that it is */
export function readJson(call: Call): unknown {
  const mediaType = call.headers['content-type']?.split(';')[0]?.trim().toLowerCase();
  if (mediaType !== 'application/json') {
    throw new VerbitProblem(415, 'unsupported_media_type', 'The content type must be application/json.');
  }
  try {
    return JSON.parse(call.body.toString('utf8'));
  } catch {
    throw new VerbitProblem(400, 'invalid_json', 'The body is not valid JSON.');
  }
}

/** The API key in `{ [wrapper]: { api_key } }`. @throws VerbitProblem worded as Verbit's schema validation does */
export function readApiKey(body: unknown, wrapper: 'payload' | 'data'): string {
  const wrapped = property(body, '#/', wrapper);
  const key = property(wrapped, `#/${wrapper}`, 'api_key');
  if (typeof key !== 'string') throw mismatch(`#/${wrapper}/api_key`, key, 'string');
  return key;
}

function property(value: unknown, at: string, name: string): unknown {
  if (!isRecord(value)) throw mismatch(at, value, 'object');
  if (Object.hasOwn(value, name)) return value[name];
  throw invalid(`The property '${at}' did not contain a required property of '${name}'`);
}

function mismatch(at: string, value: unknown, expected: string): VerbitProblem {
  return invalid(`The property '${at}' of type ${typeName(value)} did not match the following type: ${expected}`);
}

function invalid(message: string): VerbitProblem {
  return new VerbitProblem(400, 'schema_validation_error', message);
}

function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
