import type { Attributes } from '@opentelemetry/api';
import { isAuthApisError } from '../common/errors.js';
import { ATTRIBUTE } from './names.js';

/** What the conventions say of an error without a class of its own: here a caller who has left, whose reason may be anything. */
export const OTHER = '_OTHER';

/** The class of an error, one of a few; nothing where all went well. */
export function errorType(error: unknown): Attributes {
  if (error === undefined) return {};
  return { [ATTRIBUTE.errorType]: isAuthApisError(error) ? error.code : OTHER };
}

/** What a span can say beside that. */
export function errorStatus(error: unknown): Attributes {
  const status: unknown = isAuthApisError(error) && 'vendorStatus' in error ? error.vendorStatus : undefined;
  return typeof status === 'number' ? { [ATTRIBUTE.status]: status } : {};
}
