/** Things of an account that people name and the API numbers: lists, automations. It must not know what is done with them. */
import { z } from 'zod';
import { CacheSlot } from '../../destination/cache.ts';
import { OutcomeError } from '../../destination/errors.ts';
import { type Account, cacheKey } from '../account.ts';
import { idSchema, readAll } from './pages.ts';
import { isWorthAnotherLook } from './second-look.ts';

export interface Named {
  readonly id: string;
  readonly name: string;
}

export interface Kind {
  /** Path and key of the rows. */
  readonly resource: 'lists' | 'automations';
  /** What a person calls one. */
  readonly word: string;
}

export const LISTS: Kind = { resource: 'lists', word: 'list' };
export const AUTOMATIONS: Kind = { resource: 'automations', word: 'automation' };

const TTL_MS = 600_000;
const known = new CacheSlot<readonly Named[]>(TTL_MS);

export const namedRow = z.object({ id: idSchema, name: z.string() });

function load(account: Account, { resource }: Kind): Promise<readonly Named[]> {
  return known.fetch(account.cache, cacheKey(account, resource), () =>
    readAll(account.api, `/${resource}`, resource, namedRow),
  );
}

/** For when the API says that something known is gone. */
export function forgetNamed(account: Account, { resource }: Kind): void {
  known.delete(account.cache, cacheKey(account, resource));
}

/**
 * The id of what is named by id or by name (trimmed, any letter case). A name that is not known is looked for once more,
 * since it may be new; then the payload is rejected.
 */
export async function resolveNamed(account: Account, kind: Kind, given: string | number): Promise<string> {
  const text = String(given).trim();
  if (/^\d+$/.test(text)) return text;
  const wanted = text.toLowerCase();
  const find = (rows: readonly Named[]): Named | undefined =>
    rows.find(({ name }) => name.trim().toLowerCase() === wanted);
  const first = await load(account, kind);
  const found = find(first) ?? find(await reload(account, kind, first));
  if (found !== undefined) return found.id;
  throw new OutcomeError({
    kind: 'rejected',
    code: 'NOT_FOUND',
    message: `There is no ${kind.word} ${JSON.stringify(text)} in the account.`,
  });
}

async function reload(account: Account, kind: Kind, current: readonly Named[]): Promise<readonly Named[]> {
  if (!(await isWorthAnotherLook(account, kind.resource))) return current;
  forgetNamed(account, kind);
  return load(account, kind);
}
