/** The client where there is no page (server rendering). It must not know the real one. */
import type { Datafly } from './client.ts';

const nothing = (): void => {};

/** Takes every call and does nothing: what happens in the page is told by the page. */
export const silentClient: Datafly = {
  init: nothing,
  identify: nothing,
  track: nothing,
  page: nothing,
  group: nothing,
  alias: nothing,
  reset: nothing,
  setConsent: nothing,
  flush: async () => {},
  ready: () => new Promise(nothing),
};
