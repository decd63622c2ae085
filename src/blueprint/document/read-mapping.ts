/** From any value to the mapping items of a rule, reporting every mistake of form. It must not know actions or events. */
import { isObject } from '../../event/json.ts';
import { kindOf } from '../mapping/site.ts';
import { didYouMean } from '../nearest.ts';
import { TRANSFORMS } from '../transforms.ts';
import type { MappingItem, TargetTransform, TransformCall } from './document.ts';
import { type Members, readBoolean, readObject, readText } from './members.ts';
import type { Place, Report } from './report.ts';

const MAPPING_KEYS = ['source', 'value', 'target', 'transform', 'format', 'value_map', 'default', 'required'];
const TRANSFORM_KEYS = ['target', 'transform', 'format'];
const CALL_KEYS = ['name', 'format'];
const MAX_ITEMS = 500;
/** How many transforms one value can go through. */
const MAX_TRANSFORMS = 10;

export function readMappings(value: unknown, at: Place, report: Report): MappingItem[] {
  return readList(value, at, report).flatMap((each, index) => readMapping(each, [...at, index], report));
}

export function readTargetTransforms(value: unknown, at: Place, report: Report): TargetTransform[] {
  return readList(value, at, report).flatMap((each, index) => {
    const place = [...at, index];
    const from = readObject(each, place, TRANSFORM_KEYS, report);
    const target = from && readTarget(from, place, report);
    if (from === undefined || target === undefined) return [];
    if (from['transform'] === undefined)
      report.error(place, 'This needs "transform": what to do with the target.');
    return [{ at: place, target, transforms: readTransforms(from, place, report) }];
  });
}

function readList(value: unknown, at: Place, report: Report): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) {
    report.error(at, `This should be a list but it is ${kindOf(value)}.`);
    return [];
  }
  if (value.length > MAX_ITEMS)
    report.error(at, `A list can hold ${MAX_ITEMS} entries, not ${value.length}.`);
  return value;
}

function readMapping(value: unknown, at: Place, report: Report): MappingItem[] {
  const from = readObject(value, at, MAPPING_KEYS, report);
  if (from === undefined) return [];
  const target = readTarget(from, at, report);
  const hasValue = Object.hasOwn(from, 'value');
  const hasSource = Object.hasOwn(from, 'source');
  if (hasValue && hasSource)
    report.error(at, 'This has a "source" and a "value"; only one of them can be there.');
  if (!hasValue && !hasSource && !Object.hasOwn(from, 'default'))
    report.error(at, 'This needs a "source": where the value comes from.');
  const sources = hasSource ? readSources(from['source'], [...at, 'source'], report) : [];
  const valueMap = readValueMap(from['value_map'], [...at, 'value_map'], report);
  if (target === undefined) return [];
  return [
    {
      at,
      target,
      sources,
      ...(hasValue && !hasSource ? { value: { expression: from['value'] } } : {}),
      transforms: readTransforms(from, at, report),
      ...(valueMap === undefined ? {} : { valueMap }),
      ...(Object.hasOwn(from, 'default') ? { default: { value: from['default'] } } : {}),
      required: readBoolean(from, 'required', at, report) ?? false,
    },
  ];
}

function readTarget(from: Members, at: Place, report: Report): string | undefined {
  if (from['target'] !== undefined) return readText(from, 'target', at, report);
  report.error(at, 'This needs a "target": where the value goes.');
  return undefined;
}

function readSources(value: unknown, at: Place, report: Report): string[] {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0) report.error(at, 'The list of sources is empty.');
  return list.flatMap((each, index) => {
    if (typeof each === 'string' && each.trim() !== '') return [each.trim()];
    const place = Array.isArray(value) ? [...at, index] : at;
    report.error(place, `A source should be a path such as properties.order_id but it is ${kindOf(each)}.`);
    return [];
  });
}

/** Keys are compared with the text of the value. */
function readValueMap(value: unknown, at: Place, report: Report): ReadonlyMap<string, unknown> | undefined {
  if (value === undefined) return undefined;
  if (!isObject(value)) {
    report.error(at, `"value_map" should be an object but it is ${kindOf(value)}.`);
    return undefined;
  }
  for (const [key, each] of Object.entries(value)) {
    if (typeof each === 'object' && each !== null)
      report.error(
        [...at, key],
        `A value should become a text, a number, a boolean or null, not ${kindOf(each)}.`,
      );
  }
  return new Map(Object.entries(value));
}

/** `transform` is a name or a list of names and `{name, format}`; a `format` beside it belongs to the last that takes one. */
function readTransforms(from: Members, at: Place, report: Report): TransformCall[] {
  const value = from['transform'];
  const format = readFormat(from, at, report);
  if (value === undefined) {
    if (format !== undefined)
      report.error([...at, 'format'], 'A "format" belongs to a "transform", and there is none.');
    return [];
  }
  const place = [...at, 'transform'];
  const calls = Array.isArray(value)
    ? value.flatMap((each, index) => readCall(each, [...place, index], report))
    : readCall(value, place, report);
  if (calls.length > MAX_TRANSFORMS)
    report.error(place, `A value can go through ${MAX_TRANSFORMS} transforms, not ${calls.length}.`);
  if (format === undefined) return calls;
  const taker = calls.findLastIndex(({ name }) => TRANSFORMS.get(name)?.format !== undefined);
  const areKnown = calls.every(({ name }) => TRANSFORMS.has(name));
  if (taker < 0 && areKnown && calls.length > 0)
    report.error([...at, 'format'], `${calls.map(({ name }) => name).join(' and ')} takes no format.`);
  return calls.map((call, index) => (index === taker ? { ...call, format } : call));
}

function readFormat(from: Members, at: Place, report: Report): string | undefined {
  const value = from['format'];
  if (typeof value === 'number') return String(value);
  if (value === '') return '';
  return readText(from, 'format', at, report);
}

function readCall(value: unknown, at: Place, report: Report): TransformCall[] {
  if (typeof value === 'string') return checkedCall({ name: value, at }, report);
  const from = readObject(value, at, CALL_KEYS, report);
  const name = from && readText(from, 'name', at, report);
  if (from === undefined || name === undefined) return [];
  const format = readFormat(from, at, report);
  return checkedCall({ name, at, ...(format === undefined ? {} : { format }) }, report);
}

function checkedCall(call: TransformCall, report: Report): TransformCall[] {
  const transform = TRANSFORMS.get(call.name);
  if (call.name === 'default')
    report.error(
      call.at,
      '"default" is no transform; it stands beside "source", with the value for what is missing.',
    );
  else if (transform === undefined)
    report.error(call.at, `"${call.name}" is no transform.${didYouMean(call.name, TRANSFORMS.keys())}`);
  else if (call.format !== undefined && transform.format === undefined)
    report.error(call.at, `${call.name} takes no format.`);
  return transform === undefined ? [] : [call];
}
