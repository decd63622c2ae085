/** Puts contacts on lists, but nobody who left. It must not know which action wants it. */
import { OutcomeError } from '../destination/errors.ts';
import type { Account } from './account.ts';
import { acknowledge, acknowledged, ensureContact, forgetContact, withFreshIds } from './contacts.ts';
import { LIST_STATUS, readLists, setListStatus } from './memberships.ts';
import { forgetNamed, LISTS, resolveNamed } from './metadata/named.ts';

export type Joining = 'subscribe' | 'resubscribe';

/** Ids of lists given by name or id, each once. */
export async function listIds(account: Account, given: readonly string[]): Promise<readonly string[]> {
  const ids = new Set<string>();
  for (const list of given) ids.add(await resolveNamed(account, LISTS, list));
  return [...ids];
}

/** What an action that names no lists uses. */
export function defaultLists(account: Account): readonly string[] {
  return account.settings.default_lists ?? [];
}

/** `subscribe`, unless the settings let it bring back people who left. */
export function joiningOf(account: Account): Joining {
  return account.settings.resubscribe === true ? 'resubscribe' : 'subscribe';
}

export function forgetListsOf(account: Account, email: string): void {
  forgetContact(account, email);
  forgetNamed(account, LISTS);
}

export interface Joined {
  /** Lists that were left alone because the contact had left them. */
  readonly refused: number;
  readonly all: number;
}

/** Brings the contact of the address to each list; makes the contact where there is none. */
export function joinLists(
  account: Account,
  email: string,
  lists: readonly string[],
  joining: Joining,
): Promise<Joined> {
  return withFreshIds(
    () => forgetListsOf(account, email),
    async () => join(account, await ensureContact(account, email), await listIds(account, lists), joining),
  );
}

async function join(
  account: Account,
  contactId: string,
  lists: readonly string[],
  joining: Joining,
): Promise<Joined> {
  const open: string[] = [];
  for (const list of lists) {
    // Who left meanwhile stays so, as they wish; but a new opt-in must reach the list, whatever was confirmed before.
    const isOpen =
      joining === 'resubscribe' ||
      (await acknowledged(account, contactId, `list:${list}`)) !== LIST_STATUS.active;
    if (isOpen) open.push(list);
  }
  if (open.length === 0) return { refused: 0, all: lists.length };
  const present = await readLists(account, contactId);
  let refused = 0;
  for (const list of open) {
    const status = present.get(list);
    const hasLeft = status === LIST_STATUS.unsubscribed || status === LIST_STATUS.bounced;
    if (status === LIST_STATUS.active) acknowledge(account, contactId, `list:${list}`, LIST_STATUS.active);
    else if (hasLeft && joining === 'subscribe') refused += 1;
    else await setListStatus(account, contactId, list, hasLeft ? joining : 'subscribe');
  }
  return { refused, all: lists.length };
}

const REFUSED = 'The contact unsubscribed or bounced before; it was not subscribed again.';

/** Throws where every list was refused: then nothing of what was asked for happened. */
export function refuseIfNoneJoined({ refused, all }: Joined): void {
  if (refused > 0 && refused === all)
    throw new OutcomeError({ kind: 'rejected', code: 'UNSUBSCRIBED', message: REFUSED });
}

export function warnOfRefused(account: Account, { refused }: Joined): void {
  if (refused > 0) account.warn(`On ${refused} of the lists: ${REFUSED}`);
}
