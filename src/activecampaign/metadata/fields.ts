/** The account's custom fields: found by id, personalisation tag or title; made where the settings want that. It must not know contacts. */
import { z } from 'zod';
import { CacheSlot } from '../../destination/cache.ts';
import { OutcomeError } from '../../destination/errors.ts';
import { own } from '../../event/json.ts';
import { type Account, cacheKey } from '../account.ts';
import { idSchema, readAll } from './pages.ts';
import { isWorthAnotherLook } from './second-look.ts';

export interface CustomField {
  readonly id: string;
  readonly title: string;
  readonly perstag: string;
  readonly type: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  /** Whether contacts' pages show it: fields made by the API are shown nowhere until they are related to lists. */
  readonly isShown: boolean;
}

export interface FieldIndex {
  readonly all: readonly CustomField[];
  /** By id, then personalisation tag, then title; letter case does not matter. */
  find(name: string): CustomField | undefined;
}

const TTL_MS = 600_000;
const indexes = new CacheSlot<FieldIndex>(TTL_MS);

const rowSchema = z.object({
  id: idSchema,
  title: z.string(),
  perstag: z.string().nullish(),
  type: z.string().nullish(),
  relations: z.array(z.unknown()).nullish(),
});
const optionSchema = z.object({ field: idSchema, value: z.string().nullish(), label: z.string().nullish() });

export function fieldIndex(account: Account): Promise<FieldIndex> {
  return indexes.fetch(account.cache, cacheKey(account, 'fields'), () => load(account));
}

function forgetFields(account: Account): void {
  indexes.delete(account.cache, cacheKey(account, 'fields'));
}

/** For values that do not fit what is remembered: the field or its choice may be new. The same index where that was tried lately. */
export async function fieldIndexAnew(account: Account, current: FieldIndex): Promise<FieldIndex> {
  if (!(await isWorthAnotherLook(account, 'fields'))) return current;
  forgetFields(account);
  return fieldIndex(account);
}

/** Fields and the options that come beside them. */
async function load(account: Account): Promise<FieldIndex> {
  const options: z.infer<typeof optionSchema>[] = [];
  const api: Account['api'] = async (path, call) => {
    const response = await account.api(path, call);
    const beside = own(response.data, 'fieldOptions');
    for (const option of Array.isArray(beside) ? beside : []) {
      const parsed = optionSchema.safeParse(option);
      if (parsed.success) options.push(parsed.data);
    }
    return response;
  };
  const rows = await readAll(api, '/fields', 'fields', rowSchema);
  return indexOf(rows.map((row) => fieldOf(row, options)));
}

function fieldOf(
  row: z.infer<typeof rowSchema>,
  options: readonly z.infer<typeof optionSchema>[],
): CustomField {
  return {
    id: row.id,
    title: row.title,
    perstag: row.perstag ?? '',
    type: (row.type ?? 'text').toLowerCase(),
    options: options
      .filter(({ field }) => field === row.id)
      .map(({ value, label }) => ({ value: value ?? label ?? '', label: label ?? value ?? '' })),
    isShown: (row.relations ?? []).length > 0,
  };
}

export function indexOf(all: readonly CustomField[]): FieldIndex {
  const byId = new Map(all.map((field) => [field.id, field]));
  const byPerstag = new Map(
    all.filter(({ perstag }) => perstag !== '').map((field) => [field.perstag.toLowerCase(), field]),
  );
  const byTitle = new Map(all.map((field) => [field.title.trim().toLowerCase(), field]));
  return {
    all,
    find(name) {
      const text = name.trim().toLowerCase();
      return byId.get(text) ?? byPerstag.get(text.replace(/^%|%$/g, '')) ?? byTitle.get(text);
    },
  };
}

const creations = new CacheSlot<CustomField>(TTL_MS);
/** Made, but perhaps not shown yet: a failure in between must not leave a field that nobody sees. */
const unseen = new CacheSlot<CustomField>(TTL_MS);

function titleKey(account: Account, title: string): string {
  return cacheKey(account, title.trim().toLowerCase());
}

/** Makes a field for this name, visible on all contacts. Many callers at once make one. */
export function createField(account: Account, title: string, sample: unknown): Promise<CustomField> {
  const key = titleKey(account, title);
  return creations.fetch(account.cache, key, async () => {
    const made = await unseen.fetch(account.cache, key, () => post(account, title.trim(), typeFor(sample)));
    if (!made.isShown) await show(account, made);
    forgetFields(account);
    unseen.delete(account.cache, key);
    return made;
  });
}

/** True while a field that was made for this name still has to be shown. */
export async function isUnseen(account: Account, title: string): Promise<boolean> {
  return (await unseen.peek(account.cache, titleKey(account, title))) !== undefined;
}

/** Without a relation a field made by the API is on no contact's page; 0 stands for all lists. */
async function show(account: Account, { id }: CustomField): Promise<void> {
  await account.api('/fieldRels', {
    method: 'POST',
    json: { fieldRel: { field: id, relid: 0 } },
    expect: 'fieldRel',
    repeatable: true,
  });
}

async function post(account: Account, title: string, type: string): Promise<CustomField> {
  const response = await account.api('/fields', {
    method: 'POST',
    json: { field: { title, type, visible: 1 } },
    expect: 'field.id',
    throwHttpErrors: false,
    // A second creation is refused as a duplicate title.
    repeatable: true,
  });
  const id = idSchema.safeParse(own(own(response.data, 'field'), 'id'));
  if (response.outcome.kind !== 'delivered' || !id.success) return existing(account, title, response.outcome);
  const perstag = own(own(response.data, 'field'), 'perstag');
  return {
    id: id.data,
    title,
    perstag: typeof perstag === 'string' ? perstag : '',
    type,
    options: [],
    isShown: false,
  };
}

async function existing(
  account: Account,
  title: string,
  outcome: Parameters<typeof refused>[0],
): Promise<CustomField> {
  forgetFields(account);
  const found = (await fieldIndex(account)).find(title);
  return found ?? refused(outcome);
}

function refused(outcome: ConstructorParameters<typeof OutcomeError>[0]): never {
  throw new OutcomeError(outcome);
}

/** The type that holds the sample without loss. */
function typeFor(sample: unknown): string {
  if (typeof sample === 'number') return 'number';
  if (typeof sample !== 'string') return 'text';
  if (/^\d{4}-\d{2}-\d{2}$/.test(sample)) return 'date';
  if (/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}/.test(sample)) return 'datetime';
  return sample.length > 255 ? 'textarea' : 'text';
}
