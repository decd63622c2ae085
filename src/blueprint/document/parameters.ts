/** Putting the parameters of a pipeline into a blueprint. It must not know what the texts mean. */
import { isObject, put } from '../../event/json.ts';
import type { Draft } from '../mapping/values.ts';
import { didYouMean } from '../nearest.ts';
import type { Place, Report } from './report.ts';

const PLACEHOLDER = /\{\{\s*pipeline_param\.([A-Za-z0-9_-]+)\s*\}\}/g;
/** Deeper documents are refused before anything else reads them. */
export const MAX_DOCUMENT_DEPTH = 64;

/**
 * A copy of the value with `{{pipeline_param.KEY}}` replaced in every text. A text that is not known is reported and
 * becomes empty. Keys of objects are left alone.
 */
export function withParameters(
  value: unknown,
  parameters: ReadonlyMap<string, string>,
  at: Place,
  report: Report,
): unknown {
  if (typeof value === 'string') return fill(value, parameters, at, report);
  if (at.length > MAX_DOCUMENT_DEPTH) {
    report.error(at.slice(0, 3), `This nests deeper than ${MAX_DOCUMENT_DEPTH} levels.`);
    return undefined;
  }
  if (Array.isArray(value))
    return value.map((each, index) => withParameters(each, parameters, [...at, index], report));
  if (!isObject(value)) return value;
  const copy: Draft = {};
  for (const [key, each] of Object.entries(value))
    put(copy, key, withParameters(each, parameters, [...at, key], report));
  return copy;
}

function fill(text: string, known: ReadonlyMap<string, string>, at: Place, report: Report): string {
  if (!text.includes('{{')) return text;
  return text.replace(PLACEHOLDER, (_, key: string) => {
    const found = known.get(key);
    if (found === undefined)
      report.warn(
        at,
        `The pipeline has no parameter "${key}", so it is empty.${didYouMean(key, known.keys())}`,
      );
    return found ?? '';
  });
}
