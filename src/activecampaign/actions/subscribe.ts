/** Subscribes a contact to lists, but nobody who left. It must not know which events lead here. */
import type { ActionDefinition, ExecuteInput, RequestClient } from '../../destination/definition.ts';
import { OutcomeError, PayloadValidationError } from '../../destination/errors.ts';
import { type Account, openAccount } from '../account.ts';
import { addressKey, requireEmail } from '../address.ts';
import { listChoices } from '../choices.ts';
import { acknowledge, acknowledged, ensureContact, forgetContact, withFreshIds } from '../contacts.ts';
import { EMAIL_FIELD, LISTS_FIELD } from '../input-fields.ts';
import { LIST_STATUS, readLists, type SubscriptionChange, setListStatus } from '../memberships.ts';
import { forgetNamed, LISTS, resolveNamed } from '../metadata/named.ts';
import type { ActiveCampaignSettings } from '../settings.ts';

export type ListsPayload = {
  readonly email: string;
  readonly lists?: readonly string[];
};

export const subscribe: ActionDefinition<ActiveCampaignSettings, ListsPayload> = {
  title: 'Subscribe to Lists',
  description:
    'Subscribe a contact to lists. Who unsubscribed or bounced stays so, unless the settings say otherwise. For double opt-in, add a tag that starts an automation which asks.',
  repeatable: true,
  budget: 'api',
  fields: { email: EMAIL_FIELD, lists: LISTS_FIELD },
  dynamicFields: { lists: listChoices },
  contactKey: (payload) => addressKey(payload.email),
  perform: (request, data) =>
    changeLists(request, data, data.settings.resubscribe === true ? 'resubscribe' : 'subscribe'),
};

/** Brings the contact to the wanted status on each list. `subscribe` leaves those alone who left. */
export async function changeLists(
  request: RequestClient,
  data: ExecuteInput<ActiveCampaignSettings, ListsPayload>,
  change: Exclude<SubscriptionChange, 'unsubscribe'>,
): Promise<void> {
  const account = openAccount(request, data);
  const email = requireEmail(data.payload.email);
  const refused = await withFreshIds(
    () => forgetListsOf(account, email),
    async () =>
      join(account, await ensureContact(account, email), await listIds(account, data.payload), change),
  );
  if (refused === 0) return;
  const message = 'The contact unsubscribed or bounced before; it was not subscribed again.';
  if (refused === 'all') throw new OutcomeError({ kind: 'rejected', code: 'UNSUBSCRIBED', message });
  account.warn(`On ${refused} of the lists: ${message}`);
}

export function forgetListsOf(account: Account, email: string): void {
  forgetContact(account, email);
  forgetNamed(account, LISTS);
}

/** How many lists were refused. */
async function join(
  account: Account,
  contactId: string,
  lists: readonly string[],
  change: Exclude<SubscriptionChange, 'unsubscribe'>,
): Promise<number | 'all'> {
  const open: string[] = [];
  for (const list of lists) {
    if ((await acknowledged(account, contactId, `list:${list}`)) !== LIST_STATUS.active) open.push(list);
  }
  if (open.length === 0) return 0;
  const present = await readLists(account, contactId);
  let refused = 0;
  for (const list of open) {
    const status = present.get(list);
    const hasLeft = status === LIST_STATUS.unsubscribed || status === LIST_STATUS.bounced;
    if (status === LIST_STATUS.active) acknowledge(account, contactId, `list:${list}`, LIST_STATUS.active);
    else if (hasLeft && change === 'subscribe') refused += 1;
    else await setListStatus(account, contactId, list, hasLeft ? change : 'subscribe');
  }
  return refused > 0 && refused === lists.length ? 'all' : refused;
}

/** The lists of the payload, or those of the settings where it names none. */
export async function listIds(account: Account, { lists }: ListsPayload): Promise<readonly string[]> {
  const given = (lists ?? account.settings.default_lists ?? []).filter((list) => String(list).trim() !== '');
  if (given.length === 0)
    throw new PayloadValidationError('lists is required, since the settings name no default lists.');
  const ids = new Set<string>();
  for (const list of given) ids.add(await resolveNamed(account, LISTS, list));
  return [...ids];
}
