/** From a payload's values to what a contact is given: blanks left out, null as clearing, custom fields by name and type. */
import { CacheSlot } from '../destination/cache.ts';
import { outcomeOfError } from '../destination/dispatch.ts';
import { type Account, cacheKey } from './account.ts';
import type { ContactBody } from './contacts.ts';
import { cannotBeEmptied, encodeFieldValue } from './field-value.ts';
import {
  type CustomField,
  createField,
  type FieldIndex,
  fieldIndex,
  fieldIndexAnew,
  isUnseen,
} from './metadata/fields.ts';

export type ContactValues = {
  readonly email: string;
  readonly firstName?: string | null;
  readonly lastName?: string | null;
  readonly phone?: string | null;
  readonly fields?: Readonly<Record<string, unknown>>;
};

const NAME_VALUES = ['firstName', 'lastName', 'phone'] as const;

/** The body to send for these values, with `email` as its address. */
export async function contactBody(
  account: Account,
  email: string,
  values: ContactValues,
): Promise<ContactBody> {
  const body: { -readonly [K in keyof ContactBody]: ContactBody[K] } = { email };
  for (const name of NAME_VALUES) {
    const value = values[name];
    if (value === null && clears(account)) body[name] = '';
    else if (typeof value === 'string' && value.trim() !== '') body[name] = value.trim();
  }
  const fieldValues = await customValues(account, values.fields ?? {});
  if (fieldValues.length > 0) body.fieldValues = fieldValues;
  return body;
}

function clears(account: Account): boolean {
  return account.settings.null_clears !== false;
}

/** Each value that can be sent; what cannot is left out and reported, so that one slip does not keep the rest back. */
async function customValues(
  account: Account,
  fields: Readonly<Record<string, unknown>>,
): Promise<readonly { readonly field: string; readonly value: string }[]> {
  const entries = Object.entries(fields).filter(([, value]) => !isBlank(value));
  if (entries.length === 0) return [];
  const index = await indexFor(account, entries);
  const sent = new Map<string, string>();
  for (const [name, value] of entries) {
    const field =
      (await knownField(account, index, name)) ?? (await missingField(account, index, name, value));
    const text = field === undefined ? undefined : await valueText(account, field, value);
    if (field !== undefined && text !== undefined) sent.set(field.id, text);
  }
  return [...sent].map(([field, value]) => ({ field, value }));
}

/** The account's fields; read anew where a name or value does not fit what is remembered of them. */
async function indexFor(
  account: Account,
  entries: readonly (readonly [string, unknown])[],
): Promise<FieldIndex> {
  const index = await fieldIndex(account);
  const fits = entries.every(([name, value]) => {
    const field = index.find(name);
    return field !== undefined && (value === null || encodeFieldValue(value, field).ok);
  });
  return fits ? index : fieldIndexAnew(account, index);
}

async function knownField(
  account: Account,
  index: FieldIndex,
  name: string,
): Promise<CustomField | undefined> {
  return (await isUnseen(account, name)) ? undefined : index.find(name);
}

function isBlank(value: unknown): boolean {
  if (value === undefined) return true;
  return typeof value === 'string' ? value.trim() === '' : Array.isArray(value) && value.length === 0;
}

async function valueText(account: Account, field: CustomField, value: unknown): Promise<string | undefined> {
  if (value === null) {
    if (!clears(account)) return undefined;
    if (!cannotBeEmptied(field)) return '';
    await reportOnce(
      account,
      `empty:${field.id}`,
      `The field ${JSON.stringify(field.title)} holds a date, which ActiveCampaign cannot empty; it was left as it is.`,
    );
    return undefined;
  }
  const encoded = encodeFieldValue(value, field);
  if (encoded.ok) return encoded.text === '' ? undefined : encoded.text;
  await reportOnce(
    account,
    `value:${field.id}`,
    `A value for the field ${JSON.stringify(field.title)} (${field.type}) ${encoded.problem}; it was left out.`,
  );
  return undefined;
}

async function missingField(
  account: Account,
  index: FieldIndex,
  name: string,
  value: unknown,
): Promise<CustomField | undefined> {
  if (account.settings.unknown_fields === 'create' && value !== null && !/^\d+$/.test(name))
    return madeField(account, name, value);
  const nearest = nearestField(index, name);
  const hint =
    nearest === undefined ? '' : ` Did you mean ${JSON.stringify(nearest.title)} (${nearest.perstag})?`;
  await reportOnce(
    account,
    `field:${name.toLowerCase()}`,
    `The account has no field ${JSON.stringify(name)}; its value was left out.${hint}`,
  );
  return undefined;
}

/** A field that the account refuses to make is left out like an unknown one, and asked for again within the hour by nobody. */
async function madeField(account: Account, name: string, value: unknown): Promise<CustomField | undefined> {
  const what = `create:${name.toLowerCase()}`;
  if (await wasReported(account, what)) return undefined;
  try {
    return await createField(account, name, value);
  } catch (error) {
    const outcome = outcomeOfError(error, true);
    if (outcome.kind !== 'rejected') throw error;
    await reportOnce(
      account,
      what,
      `The field ${JSON.stringify(name)} could not be made; its value was left out. ${outcome.message}`,
    );
    return undefined;
  }
}

const REPORT_AGAIN_AFTER_MS = 3_600_000;
const reports = new CacheSlot<true>(REPORT_AGAIN_AFTER_MS);

async function wasReported(account: Account, what: string): Promise<boolean> {
  return (await reports.peek(account.cache, cacheKey(account, what))) !== undefined;
}

async function reportOnce(account: Account, what: string, message: string): Promise<void> {
  if (await wasReported(account, what)) return;
  reports.set(account.cache, cacheKey(account, what), true);
  account.warn(message);
}

const MAX_SUGGESTION_DISTANCE = 3;

function nearestField({ all }: FieldIndex, name: string): CustomField | undefined {
  const wanted = squeeze(name);
  const ranked = all
    .map((field) => ({
      field,
      distance: Math.min(distance(wanted, squeeze(field.title)), distance(wanted, squeeze(field.perstag))),
    }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= MAX_SUGGESTION_DISTANCE ? best.field : undefined;
}

function squeeze(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
    .slice(0, 100);
}

/** Levenshtein's distance, row by row. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
