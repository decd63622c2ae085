/** Deletes a contact with all that ActiveCampaign knows of it. It must not know who asked. */
import type { ActionDefinition } from '../../destination/definition.ts';
import { type Account, openAccount } from '../account.ts';
import { addressKey, requireEmail } from '../address.ts';
import { findContact, forgetContact } from '../contacts.ts';
import { EMAIL_FIELD } from '../input-fields.ts';
import { removeRow } from '../memberships.ts';
import type { ActiveCampaignSettings } from '../settings.ts';
import { eraseShopData } from '../shop/erase.ts';

export type DeleteContactPayload = {
  readonly email: string;
};

export const deleteContact: ActionDefinition<ActiveCampaignSettings, DeleteContactPayload> = {
  title: 'Delete Contact',
  description:
    'Delete a contact for good, with its tags, values and history, and the orders that were recorded by this integration. Nothing happens where there is none.',
  repeatable: true,
  budget: 'api',
  fields: { email: EMAIL_FIELD },
  contactKey: (payload) => addressKey(payload.email),
  perform: (request, data) => deleteByAddress(openAccount(request, data), requireEmail(data.payload.email)),
};

/** The address is looked up anew: an id from memory may be another's by now. */
export async function deleteByAddress(account: Account, email: string): Promise<void> {
  forgetContact(account, email);
  await eraseShopData(account, email);
  const id = await findContact(account, email);
  if (id !== undefined) await removeRow(account, `/contacts/${id}`);
  forgetContact(account, email);
}
