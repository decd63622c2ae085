/** The datafly client for code that a bundler puts into the page (package export ./browser). It must not know d.js. */
import { createBrowserClient, type Datafly } from './browser/client.ts';

export type { BrowserOptions, ConsentPlatform, Datafly } from './browser/client.ts';
export type { CallOptions, Categories, Category, Consent, Properties } from './wire.ts';

const client = createBrowserClient((options, report) => {
  void import('./consent/follow.ts').then(({ follow }) => follow(options, report));
});

/** The page's one client. Safe to import where there is no page (server rendering): nothing happens before `init`. */
export const datafly: Datafly = client.datafly;
