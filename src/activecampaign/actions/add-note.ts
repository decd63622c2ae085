/** Writes a note on a contact. It must not know which events lead here. */
import type { ActionDefinition } from '../../destination/definition.ts';
import { openAccount } from '../account.ts';
import { addressKey, requireEmail } from '../address.ts';
import { ensureContact, forgetContact, withFreshIds } from '../contacts.ts';
import { EMAIL_FIELD } from '../input-fields.ts';
import type { ActiveCampaignSettings } from '../settings.ts';

export type NotePayload = {
  readonly email: string;
  readonly note: string;
};

export const addNote: ActionDefinition<ActiveCampaignSettings, NotePayload> = {
  title: 'Add Note',
  description: 'Write a note on a contact. Each call writes one, so that an unknown outcome is held.',
  repeatable: false,
  budget: 'api',
  fields: {
    email: EMAIL_FIELD,
    note: {
      label: 'Note',
      description: 'The text of the note.',
      type: 'text',
      required: true,
      minimum: 1,
      default: { '@path': '$.properties.note' },
    },
  },
  contactKey: (payload) => addressKey(payload.email),
  async perform(request, data) {
    const account = openAccount(request, data);
    const email = requireEmail(data.payload.email);
    await withFreshIds(
      () => forgetContact(account, email),
      async () => {
        const relid = Number(await ensureContact(account, email));
        return account.api('/notes', {
          method: 'POST',
          json: { note: { note: data.payload.note, relid, reltype: 'Subscriber' } },
          expect: 'note.id',
          repeatable: false,
        });
      },
    );
  },
};
