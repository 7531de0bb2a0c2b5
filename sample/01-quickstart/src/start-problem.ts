// Why the app did not start: a readable message for what a user can mend, everything for the rest.
import { isAuthApisError } from 'nestjs-auth-apis';
import { EnvironmentError } from './environment.js';

export function startProblem(error: unknown): unknown {
  if (isAuthApisError(error) || error instanceof EnvironmentError) return error.message;
  const { code, syscall, port, message } = error as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') return `Port ${port} is taken: set PORT to another one, or to 0 for any that is free.`;
  return syscall === 'listen' ? `Cannot listen: ${message}` : error;
}
