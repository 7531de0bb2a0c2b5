import type { AccountLabel } from '../common/errors.js';
import { SecretUnavailableError } from '../common/errors.js';
import { accountText } from '../common/messages.js';
import { raceAbort } from '../common/race-abort.js';
import type { Secret } from '../common/secret.js';
import { secretProblem } from '../common/secret.js';

/** An account's secrets by the name of their option, e.g. `{ identity, key }`. */
export type Secrets<Name extends string> = Readonly<Record<Name, Secret>>;

/**
 * Reads all secrets of an account, at every token request anew.
 *
 * @throws SecretUnavailableError when the app's function throws, hangs, or gives what cannot be sent
 */
export async function readSecrets<Name extends string>(
  secrets: Secrets<Name>,
  label: AccountLabel,
  signal: AbortSignal,
): Promise<Record<Name, string>> {
  const names = Object.keys(secrets) as Name[];
  const values = await Promise.all(names.map((name) => readSecret(name, secrets[name], label, signal)));
  return Object.fromEntries(names.map((name, i) => [name, values[i]])) as Record<Name, string>;
}

async function readSecret(name: string, secret: Secret, label: AccountLabel, signal: AbortSignal): Promise<string> {
  let problem: string | undefined;
  try {
    const value = await raceAbort(secret.read(), signal);
    problem = secretProblem(value);
    if (!problem) return value;
    problem = `gave a value that ${problem}`;
  } catch (error) {
    problem = signal.aborted ? 'gave nothing in time' : `threw ${nameOf(error)}`;
  }
  throw new SecretUnavailableError(`${accountText(label)}: the function given as \`${name}\` ${problem}`, label);
}

/** Its name and system code, e.g. `Error (ENOENT)`; its message or cause may hold a request with a vault's own token. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return 'something that is not an Error';
  const { code } = error as { code?: unknown };
  return typeof code === 'string' && /^[A-Z][A-Z_]+$/.test(code) ? `${error.name} (${code})` : error.name;
}
