/** Reads what other people's scripts put into the page, of whatever shape. It must not know whose it is. */

/** How long a script that is still loading is waited for. */
const MAX_LOOKS = 60;
const LOOK_AGAIN_MS = 500;

/** The member at the end of a path, or undefined. */
export function inside(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if ((typeof found !== 'object' && typeof found !== 'function') || found === null) return undefined;
    found = Reflect.get(found, name);
  }
  return found;
}

/** Calls a method if there is one. */
export function call(value: unknown, method: string, ...args: readonly unknown[]): unknown {
  const found = inside(value, method);
  return typeof found === 'function' ? Reflect.apply(found, value, args) : undefined;
}

/** Runs once the page has the global at the end of the path; gives up after half a minute. */
export function whenPresent(path: readonly string[], run: (found: unknown) => void, looks = MAX_LOOKS): void {
  const found = inside(window, ...path);
  if (found !== undefined) run(found);
  else if (looks > 0) setTimeout(() => whenPresent(path, run, looks - 1), LOOK_AGAIN_MS);
}
