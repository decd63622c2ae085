/** Unsubscribes a contact from lists. It must not know which events lead here. */
import type { ActionDefinition } from '../../destination/definition.ts';
import { openAccount } from '../account.ts';
import { addressKey, requireEmail } from '../address.ts';
import { listChoices } from '../choices.ts';
import { findContact, withFreshIds } from '../contacts.ts';
import { EMAIL_FIELD, LISTS_FIELD } from '../input-fields.ts';
import { setListStatus } from '../memberships.ts';
import type { ActiveCampaignSettings } from '../settings.ts';
import { forgetListsOf, listIds } from '../subscriptions.ts';
import { type ListsPayload, listsOf } from './subscribe.ts';

export const unsubscribe: ActionDefinition<ActiveCampaignSettings, ListsPayload> = {
  title: 'Unsubscribe from Lists',
  description:
    'Unsubscribe a contact from lists. A contact who is not on a list is noted as unsubscribed there; one that does not exist is not made.',
  repeatable: true,
  budget: 'api',
  fields: { email: EMAIL_FIELD, lists: LISTS_FIELD },
  dynamicFields: { lists: listChoices },
  contactKey: (payload) => addressKey(payload.email),
  async perform(request, data) {
    const account = openAccount(request, data);
    const email = requireEmail(data.payload.email);
    await withFreshIds(
      () => forgetListsOf(account, email),
      async () => {
        const lists = await listIds(account, listsOf(account, data.payload));
        const contactId = await findContact(account, email);
        if (contactId === undefined) return;
        for (const list of lists) await setListStatus(account, contactId, list, 'unsubscribe');
      },
    );
  },
};
