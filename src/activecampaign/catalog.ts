/** The catalog's vendor object, derived from the settings' schema. It must not know who serves it. */
import type { CatalogField, CatalogVendor } from '../destination/generated/catalog.ts';
import { settingSchemas } from './settings.ts';

export const catalogVendor: CatalogVendor = {
  key: 'activecampaign',
  name: 'ActiveCampaign',
  description:
    'Keeps contacts up to date and sends custom events, so that automations can use what people do on your site.',
  category: 'marketing_automation',
  status: 'alpha',
  website: 'https://www.activecampaign.com',
  config_fields: settingSchemas.map(fieldOf),
  variants: [
    {
      key: 'default',
      name: 'Default',
      description:
        'Contacts from identify; page_view, product_viewed and purchase events. Other events are dropped until enabled.',
      default_config: {},
    },
    {
      key: 'contacts_only',
      name: 'Contacts only',
      description: 'Contacts from identify and nothing else. Needs no event tracking credentials.',
      default_config: {},
    },
    {
      key: 'retail',
      name: 'Retail',
      description: 'What shops send: the default, and the usual steps from product list to order.',
      default_config: {},
    },
    {
      key: 'lead_capture',
      name: 'Lead capture',
      description: 'Contacts from forms and sign-ups, with the events that tell how a lead came in.',
      default_config: {},
    },
  ],
};

function fieldOf(schema: (typeof settingSchemas)[number]): CatalogField {
  return {
    key: schema.key,
    label: schema.title,
    type: typeOf(schema),
    required: schema.required,
    ...(schema.examples?.[0] === undefined ? {} : { placeholder: schema.examples[0] }),
    help_text: schema.description,
    ...(schema.enum === undefined ? {} : { options: schema.enum.map((value) => ({ value, label: value })) }),
    ...defaultOf(schema),
  };
}

function defaultOf({ default: value }: (typeof settingSchemas)[number]): Pick<CatalogField, 'default'> {
  if (value === undefined) return {};
  return { default: typeof value === 'object' ? [...value] : value };
}

function typeOf(schema: (typeof settingSchemas)[number]): CatalogField['type'] {
  if (schema.writeOnly === true) return 'secret';
  if (schema.enum !== undefined) return 'select';
  switch (schema.type) {
    case 'array':
      return 'list';
    case 'boolean':
      return 'boolean';
    case 'number':
    case 'integer':
      return 'number';
    case 'string':
      return 'string';
  }
}
