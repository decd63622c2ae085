/** The addresses of the console's pages, and reading them. It must not know what a page shows. */

/** Pattern → page. `:name` stands for one part of the path. */
export const ROUTES = {
  overview: '/',
  events: '/events',
  event: '/events/:id',
  deliveries: '/deliveries',
  replays: '/deliveries/retries',
  delivery: '/deliveries/:id',
  people: '/people',
  integrations: '/integrations',
  integration: '/integrations/:id',
  blueprint: '/integrations/:id/blueprint',
  settings: '/integrations/:id/settings',
  history: '/integrations/:id/history',
  library: '/library',
  install: '/library/:key',
  sources: '/sources',
} as const;

export type RouteName = keyof typeof ROUTES;

export interface Place {
  readonly name: RouteName;
  readonly params: Readonly<Record<string, string>>;
}

/** The page at a path; undefined when there is none. */
export function placeOf(path: string): Place | undefined {
  for (const [name, pattern] of entries()) {
    const params = match(pattern, path);
    if (params !== undefined) return { name, params };
  }
  return undefined;
}

function entries(): readonly (readonly [RouteName, string])[] {
  const names: readonly RouteName[] = [
    'overview',
    'events',
    'event',
    'deliveries',
    'replays',
    'delivery',
    'people',
    'integrations',
    'integration',
    'blueprint',
    'settings',
    'history',
    'library',
    'install',
    'sources',
  ];
  return names.map((name) => [name, ROUTES[name]]);
}

function match(pattern: string, path: string): Record<string, string> | undefined {
  const wanted = parts(pattern);
  const given = parts(path);
  if (wanted.length !== given.length) return undefined;
  const params: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const value = given[index] ?? '';
    if (part.startsWith(':')) params[part.slice(1)] = decoded(value);
    else if (part !== value) return undefined;
  }
  return params;
}

const parts = (path: string): readonly string[] => path.split('/').filter((part) => part !== '');

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch (error) {
    if (error instanceof URIError) return part;
    throw error;
  }
}

/** What stands behind the `?` of an address. */
export type Query = Readonly<Record<string, string | undefined>>;

/** The address of a page: `to('event', {id: 'evt_1'})`, with a query where one is given. */
export function to(
  name: RouteName,
  params: Readonly<Record<string, string>> = {},
  query: Query = {},
): string {
  const path = ROUTES[name].replaceAll(/:(\w+)/g, (_whole, key: string) =>
    encodeURIComponent(params[key] ?? ''),
  );
  return path + queryOf(query);
}

/** `{status: 'dead', email: undefined}` → `?status=dead`. */
export function queryOf(query: Query): string {
  const given = new URLSearchParams();
  for (const [key, value] of Object.entries(query))
    if (value !== undefined && value !== '') given.set(key, value);
  const text = given.toString();
  return text === '' ? '' : `?${text}`;
}
