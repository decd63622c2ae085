/** Reads lists of the API to their end. It must not know what the rows are for. */
import { z } from 'zod';
import { OutcomeError } from '../../destination/errors.ts';
import type { Api } from '../api.ts';

/** The most that a page may hold; without asking it would be 20 (activecampaign-core §1.5). */
const PAGE_SIZE = 100;
/** Far beyond any account; a vendor that never ends must not keep us for ever. */
const MAX_PAGES = 1_000;

/** Ids come as text or number; here they are text. */
export const idSchema = z.union([z.string(), z.number()]).transform(String);

const metaSchema = z.object({ meta: z.object({ total: z.coerce.number().int().nonnegative() }) });

/** `limit` and `offset` as given, and whether there is more. */
export interface Page<T> {
  readonly rows: readonly T[];
  readonly nextOffset?: number;
}

async function readPage<T>(
  api: Api,
  path: string,
  key: string,
  row: z.ZodType<T>,
  options: { readonly offset?: number; readonly search?: Readonly<Record<string, string>> } = {},
): Promise<Page<T>> {
  const { offset = 0, search = {} } = options;
  const response = await api(path, { searchParams: { ...search, limit: PAGE_SIZE, offset }, expect: key });
  const rows = z.object({ [key]: z.array(row) }).safeParse(response.data).data?.[key];
  if (rows === undefined) {
    throw new OutcomeError({
      kind: 'retry',
      code: 'UNEXPECTED_RESPONSE',
      message: `ActiveCampaign’s answer to ${path} cannot be read.`,
    });
  }
  const next = offset + rows.length;
  const total = metaSchema.safeParse(response.data).data?.meta.total;
  const hasMore = rows.length > 0 && (total === undefined ? rows.length >= PAGE_SIZE : next < total);
  return { rows, ...(hasMore ? { nextOffset: next } : {}) };
}

/** All rows. A vendor that answers the same page again and again is noticed and left. */
export async function readAll<T>(
  api: Api,
  path: string,
  key: string,
  row: z.ZodType<T>,
  search: Readonly<Record<string, string>> = {},
): Promise<readonly T[]> {
  const all: T[] = [];
  let offset: number | undefined = 0;
  let lastFirst = '';
  for (let page = 0; page < MAX_PAGES && offset !== undefined; page += 1) {
    const { rows, nextOffset }: Page<T> = await readPage(api, path, key, row, { offset, search });
    const first = JSON.stringify(rows[0]);
    if (page > 0 && first === lastFirst) break;
    lastFirst = first;
    all.push(...rows);
    offset = nextOffset;
  }
  return all;
}
