import type { InjectionToken } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';

/** A provider, controller or the like, as Nest's container holds it; the parts looked at here. */
interface Wrapper {
  readonly name?: unknown;
  readonly metatype?: unknown;
  readonly inject?: readonly unknown[] | null;
}

/**
 * The names of those that inject `token`: by constructor, by property, or into a factory; not of those that say
 * `@Optional()`. Read from the declarations, so that request-scoped classes count although nobody has made one yet.
 */
export function consumersOf(token: InjectionToken, modules: ModulesContainer): string[] {
  const names = new Set<string>();
  for (const module of modules.values()) {
    const wrappers: Wrapper[] = [
      ...module.providers.values(),
      ...module.controllers.values(),
      ...module.injectables.values(),
      ...module.middlewares.values(),
    ];
    for (const wrapper of wrappers) {
      if (dependenciesOf(wrapper).includes(token)) names.add(nameOf(wrapper));
    }
  }
  return [...names];
}

function dependenciesOf({ inject, metatype }: Wrapper): unknown[] {
  if (inject) return inject.filter((entry) => !isOptional(entry)).map((entry) => resolved(tokenOf(entry)));
  if (typeof metatype !== 'function') return [];
  const types = (metadata<unknown[]>('design:paramtypes', metatype) ?? []).slice();
  // What `@Inject` names goes before the parameter's type.
  for (const { index, param } of metadata<{ index: number; param: unknown }[]>('self:paramtypes', metatype) ?? []) {
    types[index] = param;
  }
  const optional = metadata<number[]>('optional:paramtypes', metatype) ?? [];
  const properties = metadata<{ key: string; type: unknown }[]>('self:properties_metadata', metatype) ?? [];
  const optionalProperties = metadata<string[]>('optional:properties_metadata', metatype) ?? [];
  return [
    ...types.filter((_, index) => !optional.includes(index)),
    ...properties.filter(({ key }) => !optionalProperties.includes(key)).map(({ type }) => type),
  ].map(resolved);
}

/** What `forwardRef(() => token)` stands for. */
function resolved(token: unknown): unknown {
  const forward = (token as { forwardRef?: unknown } | null | undefined)?.forwardRef;
  return typeof forward === 'function' ? (forward as () => unknown)() : token;
}

type Dependency = { readonly token: unknown; readonly optional: boolean };

const tokenOf = (entry: unknown): unknown => (isDependency(entry) ? entry.token : entry);
const isOptional = (entry: unknown): boolean => isDependency(entry) && entry.optional;
const isDependency = (entry: unknown): entry is Dependency =>
  typeof entry === 'object' && entry !== null && 'token' in entry;

const metadata = <T>(key: string, target: object): T | undefined => Reflect.getMetadata(key, target) as T | undefined;

function nameOf({ name }: Wrapper): string {
  return typeof name === 'function' ? name.name : String(name);
}
