import { AccountError, type AccountLabel, SecretUnavailableError } from '../common/errors.js';
import { accountText } from '../common/messages.js';
import { raceAbort } from '../common/race-abort.js';
import { type Secret, secretProblem, type SecretValue, secretValueProblem } from '../common/secret.js';
import { thrownText } from '../common/thrown.js';

/** What a token request needs to know of its account, read; by the names of the API's definition. */
export type CredentialSet = Readonly<Record<string, string>>;

/** What was read for one attempt: what to try, in order, and what goes with each. */
export interface ReadCredentials {
  /** One; two while a secret is a pair. */
  readonly sets: readonly CredentialSet[];
  /** The second of a pair stands first: it is the one that worked last. */
  readonly isSwapped?: boolean;
  /** Per-token parameters and settings that came with them; those of a tenant, say. */
  readonly extras?: Readonly<Record<string, string | undefined>>;
}

/** Reads an account's credentials, at every attempt anew. */
export interface CredentialsReader {
  /** Whether they can change while the app runs, so that reading them again can help. */
  readonly isDynamic: boolean;
  /** @throws SecretUnavailableError, AccountError */
  read(label: AccountLabel, signal: AbortSignal): Promise<ReadCredentials>;
}

/** Secrets of the options, by the name of their option, e.g. `{ identity, key }`. */
export function configuredCredentials(secrets: Readonly<Record<string, Secret>>): CredentialsReader {
  const entries = Object.entries(secrets);
  return {
    isDynamic: entries.some(([, secret]) => secret.isDynamic),
    async read(label, signal) {
      const reads = entries.map(async ([name, secret]) => {
        const what = `the function given as \`${name}\``;
        const value = await readFrom(() => secret.read(), what, label, signal);
        const problem = secretValueProblem(value);
        if (problem) throw unavailable(label, `${what} gave a value that ${problem}`);
        return [name, value] as const;
      });
      return { sets: setsOf(await Promise.all(reads)) };
    },
  };
}

/** Gives an account's credentials by its id, those of the app's database for instance; nothing when there is none. */
export type ResolveAccount = (id: string) => unknown;

/**
 * Credentials that the app looks up by the account's id.
 *
 * @param names those that must be there
 * @param extras what may be there beside them
 */
export function resolvedCredentials(
  resolve: ResolveAccount,
  names: readonly string[],
  extras: readonly string[],
): CredentialsReader {
  const all = [...names, ...extras];
  return {
    isDynamic: true,
    async read(label, signal) {
      const what = '`accounts.resolve`';
      const found = await readFrom(async () => picked(await resolve(label.account), all), what, label, signal);
      if (found === undefined) throw unknownId(label);
      const problem = resolvedProblem(found, names, extras);
      if (problem) throw unavailable(label, `${what} gave ${problem}`);
      return {
        sets: setsOf(names.map((name) => [name, found[name] as SecretValue] as const)),
        extras: picked(found, extras) as Readonly<Record<string, string>>,
      };
    },
  };
}

/** Reads no other fields: what the app gives may be a whole row of its database. */
function picked(found: unknown, names: readonly string[]): Readonly<Record<string, unknown>> | undefined {
  if (found === undefined || found === null) return undefined;
  const fields = found as Readonly<Record<string, unknown>>;
  return Object.fromEntries(names.flatMap((name) => (isPresent(fields[name]) ? [[name, fields[name]]] : [])));
}

/** A database says `null` for a field that is not there. */
const isPresent = (value: unknown): boolean => value !== undefined && value !== null;

function resolvedProblem(
  found: Readonly<Record<string, unknown>>,
  names: readonly string[],
  extras: readonly string[],
): string | undefined {
  for (const name of names) {
    const problem = secretValueProblem(found[name]);
    if (problem) return `an account whose \`${name}\` ${problem}`;
  }
  for (const name of extras) {
    const problem = isPresent(found[name]) ? secretProblem(found[name]) : undefined;
    if (problem) return `an account whose \`${name}\` ${problem}`;
  }
  return undefined;
}

/** All firsts, and if one of them is a pair, all seconds. */
function setsOf(entries: readonly (readonly [string, SecretValue])[]): CredentialSet[] {
  const at = (i: number): CredentialSet =>
    Object.fromEntries(entries.map(([name, value]) => [name, typeof value === 'string' ? value : value[i]!]));
  const differs = entries.some(([, value]) => typeof value !== 'string' && value[0] !== value[1]);
  return differs ? [at(0), at(1)] : [at(0)];
}

async function readFrom<T>(read: () => Promise<T>, what: string, label: AccountLabel, signal: AbortSignal): Promise<T> {
  try {
    return await raceAbort(read(), signal);
  } catch (error) {
    throw unavailable(label, `${what} ${signal.aborted ? 'gave nothing in time' : thrownText(error)}`);
  }
}

const unavailable = (label: AccountLabel, what: string): SecretUnavailableError =>
  new SecretUnavailableError(`${accountText(label)}: ${what}`, label);

function unknownId(label: AccountLabel): AccountError {
  const message = `${accountText(label)}: there is no such account, \`accounts.resolve\` gave nothing for this id`;
  return new AccountError('UNKNOWN_ACCOUNT', message, label);
}
