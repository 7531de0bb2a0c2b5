/** What an expression of Prometheus asks for. */
export interface Asked {
  readonly metrics: readonly { readonly name: string; readonly labels: readonly (readonly [string, string])[] }[];
  /** By which labels it groups, or matches both sides. */
  readonly groups: readonly string[];
}

/** Reads as much of an expression as our own ones have. */
export function asked(expression: string): Asked {
  const groups: string[] = [];
  const rest = expression.replaceAll(/\b(?:by|on)\s*\(([^)]*)\)/g, (_, labels: string) => {
    groups.push(...labels.split(',').map((label) => label.trim()));
    return '';
  });
  const metrics = [...rest.matchAll(/\b(auth_apis_\w+)\s*(?:\{([^}]*)\})?/g)].map(([, name, selector = '']) => ({
    name: name!,
    labels: [...selector.matchAll(/(\w+)\s*(?:=~|!~|!=|=)\s*"([^"]*)"/g)].map(
      ([, label, value]) => [label!, value!] as const,
    ),
  }));
  return { metrics, groups };
}

/** The expressions of a file of rules, in their order. */
export function expressionsOf(rules: string): string[] {
  return [...rules.matchAll(/^( +)expr: (?:\|\n((?:\1 +.*\n|\n)+)|(.+)\n)/gm)].map(
    ([, , block, line]) => block ?? line!,
  );
}

/** What an exporter tells: of each metric its labels, and of each of those the values. */
export function exposed(text: string): Map<string, Map<string, Set<string>>> {
  const metrics = new Map<string, Map<string, Set<string>>>();
  for (const [, name, labels = ''] of text.matchAll(/^(\w+)(?:\{(.*)\})? \S+$/gm)) {
    const known = metrics.get(name!) ?? new Map<string, Set<string>>();
    metrics.set(name!, known);
    for (const [, label, value] of labels.matchAll(/(\w+)="([^"]*)"/g))
      known.set(label!, (known.get(label!) ?? new Set()).add(value!));
  }
  return metrics;
}
