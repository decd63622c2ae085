/** Reading the members of an object that should be part of a blueprint. It must not know which part. */
import { isObject } from '../../event/json.ts';
import { kindOf } from '../mapping/site.ts';
import { didYouMean } from '../nearest.ts';
import type { Place, Report } from './report.ts';

export type Members = Readonly<Record<string, unknown>>;

/** An object with no other keys than the known ones; undefined, and reported, when it is something else. */
export function readObject(
  value: unknown,
  at: Place,
  known: readonly string[],
  report: Report,
): Members | undefined {
  if (!isObject(value)) {
    report.error(
      at,
      `${at.length === 0 ? 'A blueprint' : 'This'} should be an object but it is ${kindOf(value)}.`,
    );
    return undefined;
  }
  for (const key of Object.keys(value)) {
    if (!known.includes(key))
      report.keyError([...at, key], `"${key}" is not known here.${didYouMean(key, known)}`);
  }
  return value;
}

export function readText(from: Members, key: string, at: Place, report: Report): string | undefined {
  const value = from[key];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && value !== '') return value;
  report.error(
    [...at, key],
    `"${key}" should be a text but it is ${value === '' ? 'empty' : kindOf(value)}.`,
  );
  return undefined;
}

export function readBoolean(from: Members, key: string, at: Place, report: Report): boolean | undefined {
  const value = from[key];
  if (value === undefined || typeof value === 'boolean') return value;
  report.error([...at, key], `"${key}" should be true or false but it is ${kindOf(value)}.`);
  return undefined;
}
