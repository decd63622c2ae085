/** What a contact belongs to: tags and lists, read and changed one by one. It must not know which action wants it. */
import { z } from 'zod';
import { OutcomeError } from '../destination/errors.ts';
import { own } from '../event/json.ts';
import type { Account } from './account.ts';
import { acknowledge, acknowledged, unacknowledge } from './contacts.ts';
import { idSchema, readAll } from './metadata/pages.ts';

const contactTagRow = z.object({ id: idSchema, tag: idSchema });
export type ContactTag = z.infer<typeof contactTagRow>;

export function readTags(account: Account, contactId: string): Promise<readonly ContactTag[]> {
  return readAll(account.api, `/contacts/${contactId}/contactTags`, 'contactTags', contactTagRow);
}

/** Nothing happens to a contact that has the tag. */
export async function addTag(account: Account, contactId: string, tagId: string): Promise<void> {
  const key = `tag:${tagId}`;
  if ((await acknowledged(account, contactId, key)) !== undefined) return;
  const response = await account.api('/contactTags', {
    method: 'POST',
    json: { contactTag: { contact: contactId, tag: tagId } },
    expect: 'contactTag',
    repeatable: true,
  });
  acknowledge(account, contactId, key, String(own(own(response.data, 'contactTag'), 'id')));
}

/** A tag that is gone already is as good as removed. */
export async function removeTag(account: Account, contactId: string, { id, tag }: ContactTag): Promise<void> {
  unacknowledge(account, contactId, `tag:${tag}`);
  await removeRow(account, `/contactTags/${id}`);
}

/** Deletes; a row that is not there any more is what was wanted. */
export async function removeRow(account: Account, path: string): Promise<void> {
  const response = await account.api(path, { method: 'DELETE', throwHttpErrors: false, repeatable: true });
  const { outcome } = response;
  if (outcome.kind !== 'delivered' && outcome.code !== 'NOT_FOUND') throw new OutcomeError(outcome);
}

/** activecampaign-core §2.10. */
export const LIST_STATUS = { unconfirmed: '0', active: '1', unsubscribed: '2', bounced: '3' } as const;

const contactListRow = z.object({ list: idSchema, status: idSchema });

/** List id → status of the contact on it. */
export async function readLists(account: Account, contactId: string): Promise<ReadonlyMap<string, string>> {
  const rows = await readAll(
    account.api,
    `/contacts/${contactId}/contactLists`,
    'contactLists',
    contactListRow,
  );
  return new Map(rows.map(({ list, status }) => [list, status]));
}

export type SubscriptionChange = 'subscribe' | 'resubscribe' | 'unsubscribe';

/** The vendor wants source 4 for bringing back somebody who left; elsewhere it is 0. */
const RESUBSCRIBE_SOURCE = 4;

export async function setListStatus(
  account: Account,
  contactId: string,
  listId: string,
  change: SubscriptionChange,
): Promise<void> {
  const key = `list:${listId}`;
  unacknowledge(account, contactId, key);
  await account.api('/contactLists', {
    method: 'POST',
    json: {
      contactList: {
        list: listId,
        contact: contactId,
        status: change === 'unsubscribe' ? LIST_STATUS.unsubscribed : LIST_STATUS.active,
        sourceid: change === 'resubscribe' ? RESUBSCRIBE_SOURCE : 0,
      },
    },
    expect: 'contactList',
    repeatable: true,
  });
  if (change !== 'unsubscribe') acknowledge(account, contactId, key, LIST_STATUS.active);
}
