/** One account as an action reaches it: its API, its memory, its settings. It must not know any action. */
import type { Cache } from '../destination/cache.ts';
import type { DispatchContext, RequestClient } from '../destination/definition.ts';
import { type Api, createApi } from './api.ts';
import { type ActiveCampaignSettings, accountOf } from './settings.ts';

export interface Account {
  readonly api: Api;
  readonly cache: Cache;
  /** Names the account in keys of the cache. */
  readonly name: string;
  readonly settings: ActiveCampaignSettings;
  /** Notes what a person should mend; no secrets, no personal data. */
  readonly warn: (message: string) => void;
}

interface Reached {
  readonly settings: ActiveCampaignSettings;
  readonly context: DispatchContext;
  warn?(message: string): void;
}

export function openAccount(request: RequestClient, { settings, context, warn }: Reached): Account {
  return {
    api: createApi(request, settings),
    cache: context.cache,
    name: accountOf(settings),
    settings,
    warn: (message) => warn?.(message),
  };
}

/** A key of the cache; parts cannot run into each other. */
export function cacheKey(account: Pick<Account, 'name'>, ...parts: readonly string[]): string {
  return JSON.stringify([account.name, ...parts]);
}
