import { createRequire } from 'node:module';

interface Peers {
  readonly peerDependenciesMeta: Readonly<Record<string, { readonly optional?: boolean }>>;
}

const { peerDependenciesMeta } = createRequire(import.meta.url)('nestjs-auth-apis/package.json') as Peers;
const FOLDERS = Object.entries(peerDependenciesMeta)
  .filter(([, { optional }]) => optional)
  .map(([name]) => `/node_modules/${name}/`);

/** Whether a module is of a package that an app may have beside ours and need not. */
export const isOfOptionalPeer = (file: string): boolean => FOLDERS.some((folder) => file.includes(folder));
