/** Transforms of lists, and between lists, objects and text. */
import { parsePath, readPath } from '../../event/path.ts';
import { asText, ofText, type Transform } from './transform.ts';

const RANGE = /^(-?\d{1,6})(?:\s*,\s*(-?\d{1,6}))?$/;

/** A value that is no list counts as a list of one. */
const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

export const LIST_TRANSFORMS: readonly Transform[] = [
  {
    name: 'split',
    doc: 'Takes a text apart into a list; parts are trimmed and empty ones left out.',
    accepts: 'text',
    gives: 'list',
    format: { doc: 'What separates the parts. Default a comma.' },
    prepare: (format = ',') => {
      if (format === '') return { reason: 'format should not be empty' };
      return ofText((text) =>
        text
          .split(format)
          .map((part) => part.trim())
          .filter((part) => part !== ''),
      );
    },
  },
  {
    name: 'join',
    doc: 'Writes the texts, numbers and booleans of a list one after the other.',
    accepts: 'list',
    gives: 'text',
    format: { doc: 'What stands between them. Default a comma and a space.' },
    prepare:
      (format = ', ') =>
      (value) =>
        texts(value).join(format),
  },
  {
    name: 'first',
    doc: 'Keeps the first element of a list.',
    accepts: 'list',
    gives: 'any',
    prepare: () => (value) => asList(value)[0],
  },
  {
    name: 'last',
    doc: 'Keeps the last element of a list.',
    accepts: 'list',
    gives: 'any',
    prepare: () => (value) => asList(value).at(-1),
  },
  {
    name: 'slice',
    doc: 'Keeps a part of a text or a list.',
    accepts: 'any',
    gives: 'any',
    format: {
      doc: 'Where it starts and, after a comma, where it ends; counted from 0, negative from the end: "0,5".',
      required: true,
    },
    prepare: (format = '') => {
      const range = RANGE.exec(format.trim());
      if (range === null)
        return { reason: `format should be a start and an end such as "0,5", not "${format}"` };
      const start = Number(range[1]);
      const end = range[2] === undefined ? undefined : Number(range[2]);
      return (value) => (Array.isArray(value) ? value.slice(start, end) : asText(value)?.slice(start, end));
    },
  },
  {
    name: 'count',
    doc: 'Gives the number of elements of a list.',
    accepts: 'list',
    gives: 'number',
    prepare: () => (value) => asList(value).length,
  },
  {
    name: 'unique',
    doc: 'Keeps each text, number or boolean of a list once.',
    accepts: 'list',
    gives: 'list',
    prepare: () => (value) => [...new Set(asList(value))],
  },
  {
    name: 'pluck',
    doc: 'Takes one member of every object of a list: the names of the products of an order.',
    accepts: 'list',
    gives: 'list',
    format: { doc: 'The path of the member, for example name.', required: true },
    prepare: (format = '') => {
      const path = parsePath(format);
      return (value) =>
        asList(value)
          .map((each) => readPath(each, path))
          .filter((each) => each !== undefined && each !== null);
    },
  },
  {
    name: 'json',
    doc: 'Writes any value as JSON text.',
    accepts: 'any',
    gives: 'text',
    prepare: () => (value) => JSON.stringify(value),
  },
  {
    name: 'parse_json',
    doc: 'Reads JSON text; gives nothing for text that is none.',
    accepts: 'text',
    gives: 'any',
    prepare: () => ofText(parsed),
  },
];

function texts(value: unknown): string[] {
  return asList(value).flatMap((each) => asText(each) ?? []);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
