/** The datafly client for code that a bundler puts into the page (package export ./browser). It must not know d.js. */
import { createBrowserClient, type Datafly } from './browser/client.ts';
import { silentClient } from './browser/silent.ts';

export type { BrowserOptions, ConsentPlatform, Datafly } from './browser/client.ts';
export type { CallOptions, Categories, Category, Consent, Properties } from './wire.ts';

/** The page's one client. Safe to import and to call where there is no page (server rendering): nothing happens. */
export const datafly: Datafly =
  typeof document === 'undefined'
    ? silentClient
    : createBrowserClient(
        (options, report) => void import('./consent/follow.ts').then(({ follow }) => follow(options, report)),
        Date.now,
      );
