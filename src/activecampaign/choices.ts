/** Choices for forms and editors: fields, lists, tags, automations, event names, each to its end. It must not know forms. */
import type { DynamicField, DynamicFieldResponse } from '../destination/definition.ts';
import { type Account, openAccount } from './account.ts';
import { eventNameRow } from './metadata/event-names.ts';
import { fieldIndex } from './metadata/fields.ts';
import { namedRow } from './metadata/named.ts';
import { readAll } from './metadata/pages.ts';
import { tagRow } from './metadata/tags.ts';
import type { ActiveCampaignSettings } from './settings.ts';

type Choices = DynamicField<ActiveCampaignSettings>['choices'];
type Item = DynamicFieldResponse['choices'][number];

/** What a choice list is made from; all pages are read, since a list that ends early is what people complain about most. */
function choicesOf(read: (account: Account) => Promise<readonly Item[]>): Choices {
  return async (request, data) => {
    const wanted = data.dynamicFieldContext?.query?.trim().toLowerCase() ?? '';
    const items = await read(openAccount(request, data));
    return {
      choices: items.filter(({ label, value }) => `${label} ${value}`.toLowerCase().includes(wanted)),
    };
  };
}

export const fieldChoices: Choices = choicesOf(async (account) =>
  (await fieldIndex(account)).all.map(({ perstag, id, title, type }) => ({
    value: perstag === '' ? id : perstag,
    label: title,
    description: type,
  })),
);

export const listChoices: Choices = choicesOf(async (account) =>
  (await readAll(account.api, '/lists', 'lists', namedRow)).map(({ id, name }) => ({
    value: id,
    label: name,
  })),
);

export const automationChoices: Choices = choicesOf(async (account) =>
  (await readAll(account.api, '/automations', 'automations', namedRow)).map(({ id, name }) => ({
    value: id,
    label: name,
  })),
);

export const tagChoices: Choices = choicesOf(async (account) =>
  (await readAll(account.api, '/tags', 'tags', tagRow))
    .filter(({ tagType }) => tagType === 'contact')
    .map(({ tag }) => ({ value: tag, label: tag })),
);

export const eventChoices: Choices = choicesOf(async (account) =>
  (await readAll(account.api, '/eventTrackingEvents', 'eventTrackingEvents', eventNameRow))
    .filter(({ name }) => !name.startsWith('__'))
    .map(({ name }) => ({ value: name, label: name })),
);
