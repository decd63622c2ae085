/** Reading a value out of an untrusted object by a written path. It must not know what events or mappings mean. */

/** The names of a path from the outermost to the innermost; the empty list is the whole input. */
export type Path = readonly string[];

const DIGITS = /^\d+$/;

/**
 * Splits a written path into its names. Names are separated by dots; `[0]`, `['a.b']` and `["a.b"]` are names too,
 * and a leading `$.` is optional. Brackets that hold anything else belong to the name. Every text is a path.
 */
export function parsePath(text: string): Path {
  const names: string[] = [];
  const start = rootLength(text);
  let name = '';
  let at = start;
  while (at < text.length) {
    const bracket = text[at] === '[' ? readBracket(text, at) : undefined;
    if (bracket !== undefined) {
      if (name !== '') names.push(name);
      names.push(bracket.name);
      name = '';
      at = bracket.end;
    } else if (text[at] === '.') {
      if (name !== '') names.push(name);
      name = '';
      at += 1;
    } else {
      name += text[at];
      at += 1;
    }
  }
  if (name !== '') names.push(name);
  return names;
}

/** How many characters at the start only name the root: `$`, `$.`, or `$` before a bracket. */
function rootLength(text: string): number {
  if (text.startsWith('$.')) return 2;
  return text === '$' || text.startsWith('$[') ? 1 : 0;
}

/** The bracket segment that opens at `start`, if it is one: it holds digits or a quoted text, and a segment ends with it. */
function readBracket(text: string, start: number): { name: string; end: number } | undefined {
  const quote = text[start + 1];
  const isQuoted = quote === "'" || quote === '"';
  const close = isQuoted ? text.indexOf(`${quote}]`, start + 2) : text.indexOf(']', start);
  if (close < 0) return undefined;
  const name = text.slice(start + (isQuoted ? 2 : 1), close);
  const end = close + (isQuoted ? 2 : 1);
  const after = text[end];
  if (after !== undefined && after !== '.' && after !== '[') return undefined;
  if (!isQuoted && !DIGITS.test(name)) return undefined;
  return { name, end };
}

/**
 * The value at a path, or undefined where there is none. Only own properties of objects and arrays are seen, so neither
 * inherited members nor the insides of strings can be reached; a path that goes on through anything else finds nothing.
 */
export function readPath(input: unknown, path: Path): unknown {
  let value = input;
  for (let index = 0; index < path.length; index++) {
    const name = path[index];
    if (name === undefined || !isContainer(value) || !Object.hasOwn(value, name)) return undefined;
    value = value[name];
  }
  return value;
}

/** True for objects and arrays, whose own properties can be read by name. */
function isContainer(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
