/** Calls of the account's REST API: address, key, what confirms them. It must not know what actions want them for. */
import type { ClientResponse, RequestClient, RequestOptions } from '../destination/definition.ts';
import { type ActiveCampaignSettings, apiRoot } from './settings.ts';

export interface ApiOptions
  extends Pick<
    RequestOptions,
    'json' | 'searchParams' | 'throwHttpErrors' | 'repeatable' | 'budget' | 'timeout'
  > {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** Dotted path that a confirmation must have. */
  readonly expect?: string;
}

/** `api('/contact/sync', {…})`: the path is below `/api/3`. Only these calls carry the key; they count as API requests whatever the action. */
export type Api = (path: string, options?: ApiOptions) => Promise<ClientResponse>;

export function createApi(
  request: RequestClient,
  settings: Pick<ActiveCampaignSettings, 'api_url' | 'api_key'>,
): Api {
  const root = `${apiRoot(settings.api_url)}/api/3`;
  return (path, options = {}) =>
    request(root + path, {
      budget: 'api',
      ...options,
      headers: { 'api-token': settings.api_key, accept: 'application/json' },
    });
}
