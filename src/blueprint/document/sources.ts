/** What a written source reads: the candidate paths, in the order they are tried. It must not know targets or actions. */
import { type Path, parsePath } from '../../event/path.ts';

/** With more names that can be spelled in two ways than this, only "all as written" and "all the other way" are tried. */
const MAX_VARIED_NAMES = 3;

/**
 * The paths that a source stands for. `event.` before a path is passed over (`event` alone is the event's name). Every
 * name is tried as it is written and then in the other spelling: `user_id` also finds `userId`, `traits.firstName`
 * also finds `traits.first_name`. The spelling as written comes first, and earlier names vary last.
 */
export function candidatePaths(source: string): readonly Path[] {
  const written = parsePath(source);
  const path = written.length > 1 && written[0] === 'event' ? written.slice(1) : written;
  const spellings = path.map(bothSpellings);
  const varied = spellings.filter((each) => each.length > 1).length;
  if (varied > MAX_VARIED_NAMES) return [path, spellings.map((each) => each.at(-1) ?? '')];
  return spellings.reduce<Path[]>(
    (paths, names) => paths.flatMap((start) => names.map((name) => [...start, name])),
    [[]],
  );
}

/** A name as written, and in the other of snake_case and camelCase if it has another. */
function bothSpellings(name: string): readonly string[] {
  if (/^[a-z][a-z0-9]*(_[a-z0-9]+)+$/.test(name))
    return [name, name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())];
  if (/^[a-z][a-z0-9]*([A-Z][a-z0-9]*)+$/.test(name))
    return [name, name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];
  return [name];
}
