/** What every page is given: the API, the session, the stream. It must not know any page. */
import type { QueryClient } from '@tanstack/react-query';
import { createContext, useContext, useEffect, useSyncExternalStore } from 'react';
import { type Api, createApi } from './api/api.ts';
import { createClient } from './api/client.ts';
import type { StreamEntry, StreamState } from './api/stream.ts';
import { createLive, type Live } from './live.ts';
import type { Session } from './session.ts';

export interface Service {
  readonly api: Api;
  readonly session: Session;
  readonly live: Live;
}

export function createService(session: Session): Service {
  const client = createClient({
    token: session.token,
    onRefused: () => session.signOut('That token is not valid any more. Sign in with the present one.'),
    fetch: (input, init) => fetch(input, init),
  });
  return { api: createApi(client), session, live: createLive(client) };
}

export const ServiceContext = createContext<Service | undefined>(undefined);

export function useService(): Service {
  const service = useContext(ServiceContext);
  if (service === undefined) throw new Error('useService is for what stands inside the app');
  return service;
}

export function useApi(): Api {
  return useService().api;
}

export function useStreamState(): StreamState {
  const { live } = useService();
  return useSyncExternalStore(live.onState, live.state);
}

/** Calls with every batch of the stream. `listener` should be stable. */
export function useStream(listener: (entries: readonly StreamEntry[]) => void): void {
  const { live } = useService();
  useEffect(() => live.onEntries(listener), [live, listener]);
}

/** How often at most what stands on a page is asked for again because of the stream. */
const REFRESH_MS = 1_000;

/** Asks again for what is shown and has changed, at most once a second. The answer ends it. */
export function refreshFromStream(queries: QueryClient, live: Live): () => void {
  const stale = new Map<string, readonly string[]>();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const refresh = (): void => {
    timer = undefined;
    for (const queryKey of stale.values()) void queries.invalidateQueries({ queryKey });
    stale.clear();
  };
  const note = (...key: readonly string[]): void => void stale.set(key.join('/'), key);
  const end = live.onEntries((entries) => {
    for (const entry of entries) {
      if (entry.kind === 'event') note('event', entry.event.id);
      else {
        note('event', entry.delivery.event_id);
        note('delivery', entry.delivery.id);
        note('templates');
      }
    }
    if (timer === undefined) timer = setTimeout(refresh, REFRESH_MS);
  });
  return () => {
    clearTimeout(timer);
    end();
  };
}
