/** Finds the operation of a method and a path. It must not know what operations do. */

/** A path in the form OpenAPI writes it, with its parameters in braces. */
export interface Route<Run> {
  readonly method: string;
  readonly path: string;
  readonly run: Run;
}

export interface Found<Run> {
  readonly route: Route<Run>;
  readonly parameters: { readonly [name: string]: string };
}

/** Literal segments win over parameters, whatever the order of the table. */
export class Router<Run> {
  readonly #routes = new Map<
    string,
    { readonly segments: readonly string[]; readonly route: Route<Run> }[]
  >();

  constructor(routes: readonly Route<Run>[]) {
    for (const route of routes) {
      const segments = split(route.path);
      const key = keyOf(route.method, segments);
      const rest = this.#routes.get(key) ?? [];
      this.#routes.set(
        key,
        [...rest, { segments, route }].sort((a, b) => parametersIn(a.segments) - parametersIn(b.segments)),
      );
    }
  }

  find(method: string, path: string): Found<Run> | undefined {
    const segments = split(path);
    for (const candidate of this.#routes.get(keyOf(method, segments)) ?? []) {
      const parameters = match(candidate.segments, segments);
      if (parameters) return { route: candidate.route, parameters };
    }
    return undefined;
  }
}

function split(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

function keyOf(method: string, segments: readonly string[]): string {
  return `${method} ${segments.length} ${segments[0] ?? ''}`;
}

function parametersIn(segments: readonly string[]): number {
  return segments.filter((segment) => segment.startsWith('{')).length;
}

function match(
  pattern: readonly string[],
  segments: readonly string[],
): { [name: string]: string } | undefined {
  const parameters: { [name: string]: string } = {};
  for (const [at, wanted] of pattern.entries()) {
    const given = decoded(segments[at] ?? '');
    if (wanted.startsWith('{')) parameters[wanted.slice(1, -1)] = given;
    else if (wanted !== given) return undefined;
  }
  return parameters;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
