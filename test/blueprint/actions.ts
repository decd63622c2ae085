/** The shapes of the actions that the tests of this room map to. */
import type { ActionShapes } from '../../src/blueprint/index.ts';

export const ACTIONS: ActionShapes = {
  syncContact: {
    title: 'Sync contact',
    fields: {
      email: { label: 'Email', type: 'string', required: true, default: { '@path': '$.email' } },
      firstName: { label: 'First name', type: 'string', allowNull: true },
      lastName: { label: 'Last name', type: 'string', allowNull: true },
      phone: { label: 'Phone', type: 'string', allowNull: true },
      fields: { label: 'Custom fields', type: 'object', additionalProperties: true },
    },
    restField: 'fields',
  },
  trackEvent: {
    title: 'Track event',
    fields: {
      email: { label: 'Email', type: 'string', required: true, default: { '@path': '$.email' } },
      event: { label: 'Event name', type: 'string', required: true },
      properties: { label: 'Properties', type: 'object', additionalProperties: true },
      consent: {
        label: 'Consent',
        type: 'object',
        additionalProperties: true,
        default: { '@path': '$.consent' },
      },
      at: { label: 'Time', type: 'datetime', default: { '@path': '$.timestamp' } },
    },
    restField: 'properties',
    eventNameField: 'event',
    eventNameMaxLength: 32,
  },
  addTags: {
    title: 'Add tags',
    fields: {
      email: { label: 'Email', type: 'string', required: true, default: { '@path': '$.email' } },
      tags: { label: 'Tags', type: 'string', multiple: true, required: true },
    },
  },
  subscribe: {
    title: 'Subscribe to a list',
    fields: {
      email: { label: 'Email', type: 'string', required: true, default: { '@path': '$.email' } },
      list: { label: 'List', type: 'string', required: true },
      status: { label: 'Status', type: 'string', choices: ['active', 'unconfirmed'] },
      score: { label: 'Score', type: 'number' },
    },
  },
};
