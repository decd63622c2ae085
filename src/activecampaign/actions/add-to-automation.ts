/** Starts an automation for a contact. It must not know which events lead here. */
import type { ActionDefinition, InputField } from '../../destination/definition.ts';
import { openAccount } from '../account.ts';
import { addressKey, requireEmail } from '../address.ts';
import { automationChoices } from '../choices.ts';
import { ensureContact, forgetContact, withFreshIds } from '../contacts.ts';
import { EMAIL_FIELD } from '../input-fields.ts';
import { AUTOMATIONS, forgetNamed, resolveNamed } from '../metadata/named.ts';
import type { ActiveCampaignSettings } from '../settings.ts';

export type AutomationPayload = {
  readonly email: string;
  readonly automation: string;
};

export const AUTOMATION_FIELD: InputField = {
  label: 'Automation',
  description: 'Its name or id.',
  type: 'string',
  required: true,
  dynamic: true,
};

export const addToAutomation: ActionDefinition<ActiveCampaignSettings, AutomationPayload> = {
  title: 'Add to Automation',
  description:
    'Start an automation for a contact. An automation that may be entered often runs again each time, so that an unknown outcome is held.',
  repeatable: false,
  budget: 'api',
  fields: { email: EMAIL_FIELD, automation: AUTOMATION_FIELD },
  dynamicFields: { automation: automationChoices },
  contactKey: (payload) => addressKey(payload.email),
  async perform(request, data) {
    const account = openAccount(request, data);
    const email = requireEmail(data.payload.email);
    const forget = (): void => {
      forgetContact(account, email);
      forgetNamed(account, AUTOMATIONS);
    };
    await withFreshIds(forget, async () => {
      const automation = await resolveNamed(account, AUTOMATIONS, data.payload.automation);
      const contact = await ensureContact(account, email);
      return account.api('/contactAutomations', {
        method: 'POST',
        json: { contactAutomation: { contact, automation } },
        expect: 'contactAutomation',
        repeatable: false,
      });
    });
  },
};
