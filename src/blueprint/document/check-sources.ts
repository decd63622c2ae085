/** Which sources the sample events do not have. It must not know actions or text. */
import { isObject } from '../../event/json.ts';
import { readPath } from '../../event/path.ts';
import { nearest } from '../nearest.ts';
import { eventClass } from './aliases.ts';
import type { Draft } from './compile.ts';
import type { BlueprintDocument, MappingItem, Rule } from './document.ts';
import type { Place, Report } from './report.ts';
import { TYPE_KEYS } from './rule-plan.ts';
import { candidatePaths } from './sources.ts';

/** Paths listed of one sample, so that a huge event costs no more than a few milliseconds. */
const MAX_PATHS = 2_000;
const MAX_DEPTH = 8;

/** Warns of each source that no sample of its rule's event has, with the nearest path that one has. */
export function findInSources({ document, report }: Draft, samples: readonly unknown[]): void {
  if (samples.length === 0) return;
  for (const rule of document.rules) {
    const own = samples.filter((event) => isFor(rule, event, document));
    if (own.length > 0)
      for (const item of [...rule.mappings, ...rule.enrichments]) findUnknown(item, own, report);
  }
  for (const item of document.global.mappings) findUnknownOfAll(item, samples, report);
}

function isFor({ key }: Rule, event: unknown, { aliases }: BlueprintDocument): boolean {
  if (!isObject(event)) return false;
  const isType = TYPE_KEYS.includes(key);
  const name = event['type'] === 'track' ? event['event'] : event['type'];
  if (isType !== (event['type'] === 'track') && name === key) return true;
  return aliases && typeof name === 'string' && eventClass(name) === eventClass(key);
}

function findUnknown(item: MappingItem, samples: readonly unknown[], report: Report): void {
  for (const [index, source] of item.sources.entries()) {
    // Of a list, the later ones stand in for the earlier; only one that none of the samples has at all is worth a word.
    if (!isMissing(source, samples)) continue;
    if (item.sources.some((other) => other !== source && !isMissing(other, samples))) continue;
    report.warn(placeOf(item, index), unknownSentence(source, samples));
  }
}

function findUnknownOfAll(item: MappingItem, samples: readonly unknown[], report: Report): void {
  const [first] = item.sources;
  if (first === undefined || item.sources.some((source) => !isMissing(source, samples))) return;
  report.warn(placeOf(item, 0), unknownSentence(first, samples));
}

function placeOf(item: MappingItem, index: number): Place {
  return item.sources.length === 1 ? [...item.at, 'source'] : [...item.at, 'source', index];
}

function isMissing(source: string, samples: readonly unknown[]): boolean {
  const paths = candidatePaths(source);
  return !samples.some((event) => paths.some((path) => readPath(event, path) !== undefined));
}

function unknownSentence(source: string, samples: readonly unknown[]): string {
  const known = new Set(samples.flatMap((event) => pathsOf(event)));
  const near = nearest(source, known);
  const hint = near === undefined ? '' : `; did you mean "${near}"?`;
  return `"${source}" is not in the sample events${hint === '' ? '.' : hint}`;
}

function pathsOf(event: unknown): string[] {
  const found: string[] = [];
  const walk = (value: unknown, path: string, depth: number): void => {
    if (found.length >= MAX_PATHS) return;
    if (path !== '') found.push(path);
    if (!isObject(value) || depth > MAX_DEPTH) return;
    for (const [key, inner] of Object.entries(value))
      walk(inner, path === '' ? key : `${path}.${key}`, depth + 1);
  };
  walk(event, '', 0);
  return found;
}
