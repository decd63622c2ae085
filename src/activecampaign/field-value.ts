/** Values of custom fields in the text that the field's type takes. It must not know where they come from. */
import { parseTime } from '../destination/date-like.ts';
import type { CustomField } from './metadata/fields.ts';

export type EncodedValue =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly problem: string };

type Encoder = (value: unknown, field: CustomField) => EncodedValue;

const ok = (text: string): EncodedValue => ({ ok: true, text });
const no = (problem: string): EncodedValue => ({ ok: false, problem });

/** Types as the account's field list names them (activecampaign-core §2.9). Others are sent as text. */
const ENCODERS: Readonly<Record<string, Encoder>> = {
  number: encodeNumber,
  currency: encodeNumber,
  date: encodeDate,
  datetime: encodeDateTime,
  dropdown: encodeChoice,
  radio: encodeChoice,
  checkbox: encodeChoices,
  listbox: encodeChoices,
  multiselect: encodeChoices,
};

/** The text to send for a value that is neither missing nor null. */
export function encodeFieldValue(value: unknown, field: CustomField): EncodedValue {
  const encoder = Object.hasOwn(ENCODERS, field.type) ? ENCODERS[field.type] : undefined;
  return (encoder ?? encodeText)(value, field);
}

/** True for dates: the vendor has no way to empty one. */
export function cannotBeEmptied(field: CustomField): boolean {
  return field.type === 'date' || field.type === 'datetime';
}

function encodeText(value: unknown): EncodedValue {
  if (Array.isArray(value)) return ok(value.map(plain).join(', '));
  return ok(plain(value));
}

function plain(value: unknown): string {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value).trim();
}

function encodeNumber(value: unknown): EncodedValue {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value.trim()) : value;
  return typeof number === 'number' && Number.isFinite(number) ? ok(String(number)) : no('is not a number');
}

/** A text that begins with a date keeps that very day, whatever its offset; other times are taken in UTC. */
function encodeDate(value: unknown): EncodedValue {
  const day = typeof value === 'string' ? /^\s*(\d{4}-\d{2}-\d{2})(?!\d)/.exec(value)?.[1] : undefined;
  const atMs = parseTime(day ?? value);
  if (atMs === undefined) return no('is not a date');
  return ok(day ?? new Date(atMs).toISOString().slice(0, 10));
}

/** With an offset, since the vendor converts to the account's zone. An offset that was given is kept. */
function encodeDateTime(value: unknown): EncodedValue {
  const atMs = parseTime(value);
  if (atMs === undefined) return no('is not a date with time');
  const offset =
    typeof value === 'string'
      ? /T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?([+-]\d{2}:\d{2})$/.exec(value.trim())?.[1]
      : undefined;
  const local = new Date(atMs + offsetMs(offset ?? '+00:00')).toISOString().slice(0, 19);
  return ok(local + (offset ?? '+00:00'));
}

function offsetMs(offset: string): number {
  const sign = offset.startsWith('-') ? -1 : 1;
  return sign * (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4, 6))) * 60_000;
}

function encodeChoice(value: unknown, field: CustomField): EncodedValue {
  const single = Array.isArray(value) && value.length === 1 ? value[0] : value;
  if (typeof single === 'object') return no('must be a single choice');
  const option = optionOf(plain(single), field);
  return option === undefined ? no('is none of the field’s choices') : ok(option);
}

/** `||a||b||`, the form of several values. Separators inside a value would split it. */
function encodeChoices(value: unknown, field: CustomField): EncodedValue {
  const parts = Array.isArray(value) ? value : typeof value === 'string' ? value.split('||') : [value];
  const chosen: string[] = [];
  for (const part of parts) {
    const text = plain(part);
    if (text === '') continue;
    const option = text.includes('||') ? undefined : optionOf(text, field);
    if (option === undefined) return no('holds something that is none of the field’s choices');
    if (!chosen.includes(option)) chosen.push(option);
  }
  return ok(chosen.length === 0 ? '' : `||${chosen.join('||')}||`);
}

/** The option's value, found by value or label in any letter case. A field without known options takes everything. */
function optionOf(text: string, { options }: CustomField): string | undefined {
  if (options.length === 0) return text;
  const wanted = text.toLowerCase();
  const option =
    options.find(({ value }) => value.toLowerCase() === wanted) ??
    options.find(({ label }) => label.trim().toLowerCase() === wanted);
  return option?.value;
}
