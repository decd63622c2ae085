/** The integration's settings, all derived from their one schema: form fields, secrets, checks, addresses. It must not know who keeps them. */

import { refusalOf } from '../destination/address-guard.ts';
import type { DispatchContext, GlobalSetting, Settings } from '../destination/definition.ts';
import type { Problem } from '../event/failure.ts';
import { type ActiveCampaignConfig, activecampaignConfigSchema } from './generated/activecampaign-config.ts';

/** The settings of one integration, as its actions are given them: checked, with defaults. */
export type ActiveCampaignSettings = { readonly [K in keyof ActiveCampaignConfig]: ActiveCampaignConfig[K] };

/** What a setting's schema may say; the one reading of it for the form, the catalog and the masks. */
interface SettingSchema {
  readonly type: 'string' | 'array' | 'boolean' | 'number' | 'integer';
  readonly title: string;
  readonly description: string;
  readonly writeOnly?: boolean;
  readonly enum?: readonly string[];
  readonly default?: string | boolean | number | readonly string[];
  readonly examples?: readonly string[];
}

const properties: Readonly<Record<string, SettingSchema>> = activecampaignConfigSchema.properties;
const required: readonly string[] = activecampaignConfigSchema.required;

/** Every setting with its key, in the order of the schema. */
export const settingSchemas: readonly (SettingSchema & {
  readonly key: string;
  readonly required: boolean;
})[] = Object.entries(properties).map(([key, schema]) => ({
  key,
  required: required.includes(key),
  ...schema,
}));

export const authenticationFields: Readonly<Record<string, GlobalSetting>> = Object.fromEntries(
  settingSchemas.map((schema) => [
    schema.key,
    {
      type: schema.writeOnly === true ? 'password' : scalarType(schema.type),
      label: schema.title,
      description: schema.description,
      required: schema.required,
      ...(schema.type === 'array' ? { multiple: true } : {}),
      ...(schema.enum === undefined
        ? {}
        : { choices: schema.enum.map((value) => ({ value, label: value })) }),
      ...(schema.default === undefined ? {} : { default: schema.default }),
      ...(schema.examples?.[0] === undefined ? {} : { placeholder: schema.examples[0] }),
    } satisfies GlobalSetting,
  ]),
);

function scalarType(type: SettingSchema['type']): 'string' | 'boolean' | 'number' {
  if (type === 'boolean') return 'boolean';
  return type === 'number' || type === 'integer' ? 'number' : 'string';
}

/** What the schema cannot say: where the API may be, and that the two tracking settings are a pair. */
export function checkSettings(
  settings: Settings,
  context: { readonly allowedOrigins: readonly string[] },
): readonly Problem[] {
  return [...apiUrlProblems(settings['api_url'], context.allowedOrigins), ...pairProblems(settings)];
}

function apiUrlProblems(value: unknown, allowedOrigins: readonly string[]): Problem[] {
  const problem = (message: string): Problem[] => [{ path: 'api_url', message }];
  if (typeof value !== 'string') return problem('It is required and was not given.');
  const url = parseUrl(value);
  if (url === undefined) return problem('It must be a URL such as https://your-account.api-us1.com.');
  if (url.search !== '' || url.hash !== '') return problem('It must not hold a query or a fragment.');
  const refusal = refusalOf(url, allowedOrigins);
  return refusal === undefined ? [] : problem(refusal);
}

function pairProblems(settings: Settings): Problem[] {
  const [id, key] = ['event_tracking_account_id', 'event_tracking_key'] as const;
  if ((settings[id] === undefined) === (settings[key] === undefined)) return [];
  const [missing, given] = settings[id] === undefined ? [id, key] : [key, id];
  return [
    {
      path: missing,
      message: `It is required because ${given} is set; events need both, contacts need neither.`,
    },
  ];
}

function parseUrl(text: string): URL | undefined {
  return URL.canParse(text.trim()) ? new URL(text.trim()) : undefined;
}

/** The address under which `/api/3/…` is found: as given, without a trailing slash or `/api/3`. */
export function apiRoot(apiUrl: string): string {
  const url = new URL(apiUrl.trim());
  const path = url.pathname
    .replace(/\/+$/, '')
    .replace(/\/api\/3$/i, '')
    .replace(/\/+$/, '');
  return url.origin + path;
}

/** The account behind an API URL: its host, with the older `NAME.activehosted.com` counted as `NAME.api-us1.com`. */
export function accountOf(settings: Pick<ActiveCampaignSettings, 'api_url'>): string {
  const { host } = new URL(settings.api_url.trim());
  return host
    .toLowerCase()
    .replace(/\.$/, '')
    .replace(/\.activehosted\.com$/, '.api-us1.com');
}

const TRACKING_URL = 'https://trackcmp.net/event';

/** Where events go: the vendor's endpoint, or the operator's for API origins that the operator allowed. */
export function trackingUrl(
  settings: Pick<ActiveCampaignSettings, 'api_url'>,
  context: DispatchContext,
): string {
  const { origin } = new URL(settings.api_url.trim());
  return context.trackingUrl !== undefined && context.allowedOrigins.includes(origin)
    ? context.trackingUrl
    : TRACKING_URL;
}

export interface TrackingCredentials {
  readonly accountId: string;
  readonly key: string;
}

/** The pair that events need, or undefined in contact-only mode. */
export function trackingCredentials(settings: ActiveCampaignSettings): TrackingCredentials | undefined {
  const { event_tracking_account_id: accountId, event_tracking_key: key } = settings;
  return accountId === undefined || key === undefined ? undefined : { accountId, key };
}
