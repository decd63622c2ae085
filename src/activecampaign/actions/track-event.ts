/** Sends one custom event of a contact to the tracking endpoint. It must not know which events lead here. */
import type { ActionDefinition } from '../../destination/definition.ts';
import { OutcomeError, PayloadValidationError } from '../../destination/errors.ts';
import { openAccount } from '../account.ts';
import { addressKey, requireEmail } from '../address.ts';
import { eventChoices } from '../choices.ts';
import { ensureContact } from '../contacts.ts';
import { eventData } from '../event-data.ts';
import { EVENT_NAME_MAX_LENGTH, eventName } from '../event-name.ts';
import { EMAIL_FIELD } from '../input-fields.ts';
import { registerEventName } from '../metadata/event-names.ts';
import { type ActiveCampaignSettings, trackingCredentials, trackingUrl } from '../settings.ts';

export type TrackEventPayload = {
  readonly email: string;
  readonly event: string;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly consent?: Readonly<Record<string, unknown>>;
  readonly at?: string | number;
};

export const trackEvent: ActionDefinition<ActiveCampaignSettings, TrackEventPayload> = {
  title: 'Track Event',
  description: 'Send a custom event of a contact, which automations can start from and decide by.',
  defaultSubscription: 'type = "track"',
  repeatable: false,
  budget: 'tracking',
  restField: 'properties',
  eventNameField: 'event',
  eventNameMaxLength: EVENT_NAME_MAX_LENGTH,
  fields: {
    email: EMAIL_FIELD,
    event: {
      label: 'Event name',
      description:
        'At most 32 letters, digits, spaces, - and _; a longer name is cut and ends in a hash of the whole.',
      type: 'string',
      required: true,
      minimum: 1,
      dynamic: true,
      default: { '@path': '$.event' },
    },
    properties: {
      label: 'Properties',
      description: 'What the event carries, as one text of at most 250 characters, in this order.',
      type: 'object',
      additionalProperties: true,
      defaultObjectUI: 'keyvalue',
      default: { '@path': '$.properties' },
    },
    consent: {
      label: 'Consent',
      description:
        'Category to true or false. The granted ones are sent first in the event’s text, for automations to decide by.',
      type: 'object',
      additionalProperties: true,
      default: { '@path': '$.consent' },
    },
    at: {
      label: 'Time',
      description:
        'When it happened. ActiveCampaign dates an event by its arrival, so that the time is sent in the event’s text.',
      type: 'datetime',
      default: { '@path': '$.timestamp' },
    },
  },
  dynamicFields: { event: eventChoices },
  contactKey: (payload) => addressKey(payload.email),
  async perform(request, { settings, payload, context, warn }) {
    const credentials = trackingCredentials(settings);
    if (credentials === undefined)
      throw new OutcomeError({ kind: 'rejected', code: 'ACTION_UNAVAILABLE', message: EVENTS_NEED });
    const name = eventName(payload.event);
    if (name === undefined) throw new PayloadValidationError('event must hold a letter or digit.');
    if (name !== payload.event)
      warn(`The event name ${JSON.stringify(payload.event)} is sent as ${JSON.stringify(name)}.`);
    const email = requireEmail(payload.email);
    const account = openAccount(request, { settings, context, warn });
    if (settings.ensure_contact !== false) await ensureContact(account, email);
    if (settings.register_events === true) await registerEventName(account, name);
    const form = new URLSearchParams({
      actid: credentials.accountId,
      key: credentials.key,
      event: name,
      visit: JSON.stringify({ email }),
    });
    const text = eventData({ ...payload, format: settings.eventdata_format ?? 'pairs' });
    if (text !== '') form.set('eventdata', text);
    const response = await request(trackingUrl(settings, context), {
      method: 'POST',
      body: form,
      expect: 'success',
    });
    return response.data;
  },
};

/** Why there are no events in contact-only mode. */
export const EVENTS_NEED =
  'Events need the Event Tracking Account ID and the Event Tracking Key; without them only contacts are sent.';
