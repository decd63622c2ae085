/** The sample events that a blueprint is held against, and which of their paths was meant by one that none of them has. It must not know mappings or conditions. */
import { isObject } from '../../event/json.ts';
import { type Path, readPath } from '../../event/path.ts';
import { foldName, slipOf } from '../nearest.ts';
import { eventClass } from './aliases.ts';
import type { BlueprintDocument, Rule } from './document.ts';
import { TYPE_KEYS } from './rule-plan.ts';

/** Events leave out what they do not know, so a name without a near one is doubtful only when so many samples lack it. */
export const TELLING_SAMPLES = 10;
/** What processing adds to an event before it is mapped. */
export const ADDED_NAMES: ReadonlySet<string> = new Set(['email', 'previous_email', 'consent']);

/** The samples that reach a rule. */
export function samplesFor(
  rule: Rule,
  document: BlueprintDocument,
  samples: readonly unknown[],
): readonly unknown[] {
  return samples.filter((event) => isFor(rule, event, document));
}

function isFor({ key }: Rule, event: unknown, { aliases }: BlueprintDocument): boolean {
  if (!isObject(event)) return false;
  const isType = TYPE_KEYS.includes(key);
  const name = event['type'] === 'track' ? event['event'] : event['type'];
  if (isType !== (event['type'] === 'track') && name === key) return true;
  return aliases && typeof name === 'string' && eventClass(name) === eventClass(key);
}

/** A path as people write it. */
export const written = (path: Path): string => path.join('.');

/** The path that was probably meant by one that no sample has: it differs by a slip in one name, or has the same name in another place. */
export function meantBy(
  path: Path,
  samples: readonly unknown[],
  used: ReadonlySet<string>,
): string | undefined {
  const found = slipIn(path, samples) ?? sameNameElsewhere(path, samples);
  return found === undefined || used.has(found) ? undefined : found;
}

/** As far as any sample has the path it is right; the name after that is held against those that samples have there. */
function slipIn(path: Path, samples: readonly unknown[]): string | undefined {
  for (let depth = path.length - 1; depth >= 0; depth--) {
    const above = path.slice(0, depth);
    const siblings = new Set(
      samples.flatMap((event) => {
        const inner = readPath(event, above);
        return isObject(inner) ? Object.keys(inner) : [];
      }),
    );
    if (siblings.size === 0) continue;
    const near = slipOf(path[depth] ?? '', siblings);
    if (near === undefined) return undefined;
    const mended = [...above, near, ...path.slice(depth + 1)];
    return samples.some((event) => readPath(event, mended) !== undefined) ? written(mended) : undefined;
  }
  return undefined;
}

/** `first_name`, or `properties.first_name`, where the samples have `traits.first_name`. */
function sameNameElsewhere(path: Path, samples: readonly unknown[]): string | undefined {
  const leaf = foldName(path.at(-1) ?? '');
  for (const event of samples) {
    if (!isObject(event)) continue;
    for (const [root, value] of Object.entries(event)) {
      if (!isObject(value)) continue;
      const name = Object.keys(value).find((each) => foldName(each) === leaf);
      if (name !== undefined) return written([root, name]);
    }
  }
  return undefined;
}
