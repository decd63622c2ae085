/** Ends an automation for a contact. It must not know which events lead here. */
import { z } from 'zod';
import type { ActionDefinition } from '../../destination/definition.ts';
import { openAccount } from '../account.ts';
import { addressKey, requireEmail } from '../address.ts';
import { automationChoices } from '../choices.ts';
import { findContact, forgetContact, withFreshIds } from '../contacts.ts';
import { EMAIL_FIELD } from '../input-fields.ts';
import { removeRow } from '../memberships.ts';
import { AUTOMATIONS, resolveNamed } from '../metadata/named.ts';
import { idSchema, readAll } from '../metadata/pages.ts';
import type { ActiveCampaignSettings } from '../settings.ts';
import { AUTOMATION_FIELD, type AutomationPayload } from './add-to-automation.ts';

const entryRow = z.object({ id: idSchema, automation: idSchema });

export const removeFromAutomation: ActionDefinition<ActiveCampaignSettings, AutomationPayload> = {
  title: 'Remove from Automation',
  description: 'Take a contact out of an automation. Nothing happens to one who is not in it.',
  repeatable: true,
  budget: 'api',
  fields: { email: EMAIL_FIELD, automation: AUTOMATION_FIELD },
  dynamicFields: { automation: automationChoices },
  contactKey: (payload) => addressKey(payload.email),
  async perform(request, data) {
    const account = openAccount(request, data);
    const email = requireEmail(data.payload.email);
    const automation = await resolveNamed(account, AUTOMATIONS, data.payload.automation);
    await withFreshIds(
      () => forgetContact(account, email),
      async () => {
        const contactId = await findContact(account, email);
        if (contactId === undefined) return;
        const entries = await readAll(
          account.api,
          `/contacts/${contactId}/contactAutomations`,
          'contactAutomations',
          entryRow,
        );
        for (const entry of entries.filter((row) => row.automation === automation))
          await removeRow(account, `/contactAutomations/${entry.id}`);
      },
    );
  },
};
