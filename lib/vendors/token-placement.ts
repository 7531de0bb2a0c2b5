/**
 * Where a token goes on API calls, as OpenAPI's security schemes have it: `Authorization: <scheme> <token>`, or a header
 * of the vendor's own.
 *
 * @publicApi
 */
export type TokenPlacement =
  | {
      /** The scheme in `Authorization`, e.g. `'Bearer'`. */
      readonly scheme: string;
    }
  | {
      readonly in: 'header';
      /** The name of the header, e.g. `'X-Auth-Token'`. */
      readonly name: string;
      /** The value, with `{token}` where the token goes. @default '{token}' */
      readonly value?: string;
    };

/** The header that carries a token: its name, and what stands before and after the token. */
export interface TokenHeader {
  readonly name: string;
  readonly prefix: string;
  readonly suffix: string;
}

const PLACEHOLDER = '{token}';

export function tokenHeaderOf(placement: TokenPlacement): TokenHeader {
  if ('scheme' in placement) return { name: 'Authorization', prefix: `${placement.scheme} `, suffix: '' };
  const { value = PLACEHOLDER } = placement;
  const name = /^authorization$/i.test(placement.name) ? 'Authorization' : placement.name;
  const [prefix = '', suffix = ''] = value.split(PLACEHOLDER);
  return { name, prefix, suffix };
}

export const headerValue = ({ prefix, suffix }: TokenHeader, token: string): string => `${prefix}${token}${suffix}`;

/** Whether a text is a header value with the token in one place. */
export const isTokenTemplate = (value: unknown): boolean =>
  typeof value === 'string' && /^[\x20-\x7e]*$/.test(value) && value.split(PLACEHOLDER).length === 2;
