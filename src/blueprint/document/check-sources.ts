/** Which sources the sample events do not have. It must not know actions or text. */
import { isObject } from '../../event/json.ts';
import { type Path, parsePath, readPath } from '../../event/path.ts';
import { foldName, slipOf } from '../nearest.ts';
import { eventClass } from './aliases.ts';
import type { Draft } from './compile.ts';
import type { BlueprintDocument, MappingItem, Rule } from './document.ts';
import type { Place, Report } from './report.ts';
import { TYPE_KEYS } from './rule-plan.ts';
import { candidatePaths } from './sources.ts';

/** Events leave out what they do not know, so a source without a near name is doubtful only when so many samples lack it. */
const TELLING_SAMPLES = 10;
/** What processing adds to an event before it is mapped. */
const ADDED_NAMES: ReadonlySet<string> = new Set(['email', 'consent']);

/**
 * Warns of mappings whose sources no sample of their rule's event has: with the name that was probably meant, or, when
 * the samples are many, without one. Of a list of sources, one that is there stands in for all.
 */
export function findInSources({ document, report }: Draft, samples: readonly unknown[]): void {
  for (const rule of document.rules) {
    const own = samples.filter((event) => isFor(rule, event, document));
    findUnknown([...rule.mappings, ...rule.enrichments], own, report);
  }
  findUnknown([...document.global.mappings, ...document.global.enrichments], samples, report);
}

function isFor({ key }: Rule, event: unknown, { aliases }: BlueprintDocument): boolean {
  if (!isObject(event)) return false;
  const isType = TYPE_KEYS.includes(key);
  const name = event['type'] === 'track' ? event['event'] : event['type'];
  if (isType !== (event['type'] === 'track') && name === key) return true;
  return aliases && typeof name === 'string' && eventClass(name) === eventClass(key);
}

function findUnknown(items: readonly MappingItem[], samples: readonly unknown[], report: Report): void {
  if (samples.length === 0) return;
  const used = new Set(
    items.flatMap(({ sources }) => sources.map((source) => written(pathOfSource(source)))),
  );
  for (const item of items) {
    if (item.sources.length === 0 || !item.sources.every((source) => isMissing(source, samples))) continue;
    const meant = item.sources.map((source) => meantBy(pathOfSource(source), samples, used));
    const index = meant.findIndex((found) => found !== undefined);
    const sentence = unknownSentence(item.sources, Math.max(0, index), meant[index], samples.length);
    if (sentence !== undefined) report.warn(placeOf(item, Math.max(0, index)), sentence);
  }
}

function placeOf(item: MappingItem, index: number): Place {
  return item.sources.length === 1 ? [...item.at, 'source'] : [...item.at, 'source', index];
}

function isMissing(source: string, samples: readonly unknown[]): boolean {
  if (ADDED_NAMES.has(pathOfSource(source)[0] ?? '')) return false;
  const paths = candidatePaths(source);
  return !samples.some((event) => paths.some((path) => readPath(event, path) !== undefined));
}

function unknownSentence(
  sources: readonly string[],
  index: number,
  meant: string | undefined,
  count: number,
): string | undefined {
  if (meant !== undefined) return `"${sources[index]}" is not in the sample events; did you mean "${meant}"?`;
  if (count < TELLING_SAMPLES) return undefined;
  const names = sources.map((source) => `"${source}"`).join(' nor ');
  return sources.length === 1
    ? `${names} is in none of the ${count} sample events.`
    : `Neither ${names} is in any of the ${count} sample events.`;
}

const pathOfSource = (source: string): Path => {
  const path = parsePath(source);
  return path.length > 1 && path[0] === 'event' ? path.slice(1) : path;
};

const written = (path: Path): string => path.join('.');

/** What a path that no sample has was probably meant to be: a slip in one of its names, or the same name in another place. */
function meantBy(path: Path, samples: readonly unknown[], used: ReadonlySet<string>): string | undefined {
  const found = slipIn(path, samples) ?? sameNameElsewhere(path, samples);
  return found === undefined || used.has(found) ? undefined : found;
}

/** Goes down as far as any sample goes, then looks at the names that are there in place of the next one. */
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
