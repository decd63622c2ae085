/** Makes a contact belong to a company, which ActiveCampaign calls an account. It must not know which events lead here. */
import { z } from 'zod';
import type { ActionDefinition } from '../../destination/definition.ts';
import { type Account, openAccount } from '../account.ts';
import { addressKey, requireEmail } from '../address.ts';
import { ensureContact, forgetContact, withFreshIds } from '../contacts.ts';
import { EMAIL_FIELD } from '../input-fields.ts';
import { removeRow } from '../memberships.ts';
import { ensureCompany, forgetCompany } from '../metadata/companies.ts';
import { idSchema, readAll } from '../metadata/pages.ts';
import type { ActiveCampaignSettings } from '../settings.ts';

export type AccountPayload = {
  readonly email: string;
  readonly name: string;
  readonly url?: string;
  readonly jobTitle?: string;
};

export const setAccount: ActionDefinition<ActiveCampaignSettings, AccountPayload> = {
  title: 'Set Account',
  description:
    'Make a contact belong to an account (a company). A contact has one: another one is taken away. The account is made where it is missing.',
  defaultSubscription: 'type = "group"',
  repeatable: true,
  budget: 'api',
  fields: {
    email: EMAIL_FIELD,
    name: {
      label: 'Account name',
      description: 'The company’s name.',
      type: 'string',
      required: true,
      minimum: 1,
      default: { '@path': '$.traits.name' },
    },
    url: {
      label: 'Website',
      description: 'Used when the account is made.',
      type: 'string',
      default: { '@path': '$.traits.website' },
    },
    jobTitle: {
      label: 'Job title',
      description: 'What the contact does there.',
      type: 'string',
      default: { '@path': '$.traits.job_title' },
    },
  },
  contactKey: (payload) => addressKey(payload.email),
  async perform(request, data) {
    const account = openAccount(request, data);
    const { name, url, jobTitle } = data.payload;
    const email = requireEmail(data.payload.email);
    const forget = (): void => {
      forgetContact(account, email);
      forgetCompany(account, name);
    };
    await withFreshIds(forget, async () => {
      const company = await ensureCompany(account, name, url);
      await associate(account, await ensureContact(account, email), company, jobTitle);
    });
  },
};

const linkRow = z.object({
  id: idSchema,
  account: idSchema,
  contact: idSchema,
  jobTitle: z.string().nullish(),
});

/** One company per contact: links to others go first, since the vendor refuses a second. */
async function associate(
  account: Account,
  contactId: string,
  company: string,
  jobTitle: string | undefined,
): Promise<void> {
  const rows = await readAll(account.api, '/accountContacts', 'accountContacts', linkRow, {
    'filters[contact]': contactId,
  });
  const links = rows.filter(({ contact }) => contact === contactId);
  const same = links.find((link) => link.account === company);
  for (const other of links.filter((link) => link !== same))
    await removeRow(account, `/accountContacts/${other.id}`);
  const title = jobTitle === undefined ? {} : { jobTitle };
  const call = {
    json: { accountContact: { account: Number(company), contact: Number(contactId), ...title } },
    expect: 'accountContact',
    repeatable: true,
  };
  if (same === undefined) await account.api('/accountContacts', { ...call, method: 'POST' });
  else if (jobTitle !== undefined && jobTitle !== (same.jobTitle ?? ''))
    await account.api(`/accountContacts/${same.id}`, { ...call, method: 'PUT' });
}
