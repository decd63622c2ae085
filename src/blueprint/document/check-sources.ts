/** Which sources the sample events do not have. It must not know actions or text. */
import { type Path, parsePath, readPath } from '../../event/path.ts';
import { compileExpression } from '../mapping/compile.ts';
import type { Draft } from './compile.ts';
import type { MappingItem } from './document.ts';
import type { Place, Report } from './report.ts';
import { ADDED_NAMES, meantBy, samplesFor, TELLING_SAMPLES, written } from './samples.ts';
import { candidatePaths } from './sources.ts';

/**
 * Warns of mappings whose sources no sample of their rule's event has: with the name that was probably meant, or, when
 * the samples are many, without one. Of a list of sources, one that is there stands in for all.
 */
export function findInSources({ document, report }: Draft, samples: readonly unknown[]): void {
  for (const rule of document.rules) {
    const own = samplesFor(rule, document, samples);
    findUnknown([...rule.mappings, ...rule.enrichments], own, report);
  }
  findUnknown([...document.global.mappings, ...document.global.enrichments], samples, report);
}

function findUnknown(items: readonly MappingItem[], samples: readonly unknown[], report: Report): void {
  if (samples.length === 0) return;
  const used = new Set(
    items.flatMap(({ sources }) => sources.map((source) => written(pathOfSource(source)))),
  );
  for (const item of items) {
    findUnknownReads(item, samples, report);
    if (item.sources.length === 0 || !item.sources.every((source) => isMissing(source, samples))) continue;
    const meant = item.sources.map((source) => meantBy(pathOfSource(source), samples, used));
    const index = meant.findIndex((found) => found !== undefined);
    const sentence = unknownSentence(item.sources, Math.max(0, index), meant[index], samples.length);
    if (sentence !== undefined) report.warn(placeOf(item, Math.max(0, index)), sentence);
  }
}

/**
 * The paths of a mapping expression are read as they are written. Those below a new input (an element of `@arrayPath`,
 * what `@transform` applies) say nothing of the event; where `@if` asks whether something is there, it may be missing.
 */
function findUnknownReads({ at, value }: MappingItem, samples: readonly unknown[], report: Report): void {
  if (value === undefined) return;
  const reads = compileExpression(value.expression).reads.filter((read) => !hasOtherInput(read.at));
  const used = new Set(reads.map(({ path }) => written(parsePath(path))));
  for (const read of reads) {
    const path = parsePath(read.path);
    if (ADDED_NAMES.has(path[0] ?? '') || samples.some((event) => readPath(event, path) !== undefined))
      continue;
    const meant = meantBy(path, samples, used);
    if (meant === undefined && read.at.includes('@if')) continue;
    const sentence = unknownSentence([read.path], 0, meant && inStyleOf(read.path, meant), samples.length);
    if (sentence !== undefined) report.warn([...at, 'value', ...read.at], sentence);
  }
}

function hasOtherInput(at: Place): boolean {
  return at.some(
    (part, index) =>
      (part === '@arrayPath' && at[index + 1] === 1) ||
      (part === '@transform' && at[index + 1] === 'mapping'),
  );
}

/** With `$.` where the mapping writes it. */
function inStyleOf(path: string, name: string): string {
  return path.startsWith('$.') ? `$.${name}` : name;
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
