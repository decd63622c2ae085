/** Subscribes a contact to lists, but nobody who left. It must not know which events lead here. */
import type { ActionDefinition, ExecuteInput, RequestClient } from '../../destination/definition.ts';
import { PayloadValidationError } from '../../destination/errors.ts';
import { type Account, openAccount } from '../account.ts';
import { addressKey, requireEmail } from '../address.ts';
import { listChoices } from '../choices.ts';
import { EMAIL_FIELD, LISTS_FIELD } from '../input-fields.ts';
import type { ActiveCampaignSettings } from '../settings.ts';
import {
  defaultLists,
  type Joining,
  joiningOf,
  joinLists,
  refuseIfNoneJoined,
  warnOfRefused,
} from '../subscriptions.ts';

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
  perform: (request, data) => changeLists(request, data),
};

/** Brings the contact to each list. `joining` is the settings' unless the action has its own. */
export async function changeLists(
  request: RequestClient,
  data: ExecuteInput<ActiveCampaignSettings, ListsPayload>,
  joining?: Joining,
): Promise<void> {
  const account = openAccount(request, data);
  const email = requireEmail(data.payload.email);
  const joined = await joinLists(
    account,
    email,
    listsOf(account, data.payload),
    joining ?? joiningOf(account),
  );
  refuseIfNoneJoined(joined);
  warnOfRefused(account, joined);
}

/** The lists of the payload, or those of the settings where it names none. */
export function listsOf(account: Account, { lists }: ListsPayload): readonly string[] {
  const given = (lists ?? defaultLists(account)).filter((list) => list.trim() !== '');
  if (given.length === 0)
    throw new PayloadValidationError('lists is required, since the settings name no default lists.');
  return given;
}
