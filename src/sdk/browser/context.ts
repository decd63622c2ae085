/** What a page knows of itself and its visitor's browser. It must not know who asks. */
import type { Properties } from '../wire.ts';

declare global {
  interface Navigator {
    /** Global Privacy Control, the script's side of the Sec-GPC header. */
    readonly globalPrivacyControl?: boolean;
  }
}

const LIBRARY = { name: 'datafly-browser', version: '0.1.0' };
const BOTS = /bot|crawl|spider|headless|lighthouse/i;

/** Segment's names for what follows `utm_`; only the campaign itself is called otherwise. */
function campaign(query: URLSearchParams): Properties | undefined {
  const found: Record<string, string> = {};
  for (const [name, value] of query) {
    if (name.startsWith('utm_')) found[name === 'utm_campaign' ? 'name' : name.slice(4)] = value;
  }
  return Object.keys(found).length ? found : undefined;
}

/** `referrer` is the page before, also where that was a navigation inside the page. */
export function pageContext(referrer: string): Properties & { readonly page: Properties } {
  const { href, pathname, search } = location;
  return {
    library: LIBRARY,
    page: { url: href, path: pathname, search, title: document.title, referrer },
    campaign: campaign(new URLSearchParams(search)),
    locale: navigator.language,
    timezone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    screen: { width: screen.width, height: screen.height, density: devicePixelRatio },
    userAgent: navigator.userAgent,
  };
}

/** The browser says by itself that its user refuses: Sec-GPC or Do-Not-Track. */
export function isRefusing(): boolean {
  return !!navigator.globalPrivacyControl || navigator.doNotTrack === '1';
}

export function isBot(): boolean {
  return navigator.webdriver || BOTS.test(navigator.userAgent);
}
