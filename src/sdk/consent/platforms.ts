/** How each consent platform is read and followed. It must not know what is done with a decision. */
import type { ConsentPlatform } from '../browser/client.ts';
import type { Categories } from '../wire.ts';
import { call, inside, whenPresent } from './page.ts';

/** `isAnswered`: the person chose. False: these are what the platform assumes of somebody who has not chosen. */
export type Tell = (codes: Categories, isAnswered: boolean) => void;

export interface Platform {
  /**
   * The canonical category of each of the platform's codes. Codes that lead to the same category are alternatives;
   * codes joined by + must all be granted.
   */
  readonly map: Readonly<Record<string, string>>;
  /** Tells the state now, where there is one, and every change. */
  follow(tell: Tell): void;
}

/** https://developer.onetrust.com/onetrust/docs/javascript-events-guide */
const onetrust: Platform = {
  map: { C0001: 'essential', C0002: 'analytics', C0003: 'functional', C0004: 'marketing' },
  follow(tell) {
    const state = (active: unknown, isAnswered: boolean): void => {
      const kept = decodeURIComponent(document.cookie.match(/OptanonConsent=([^;]*)/)?.[1] ?? '');
      const groups = kept.match(/groups=([^&]*)/)?.[1]?.split(',') ?? [];
      const codes: Record<string, boolean> = {};
      for (const group of groups) codes[group.replace(/:.*/, '')] = group.endsWith(':1');
      if (Array.isArray(active)) {
        // The groups that the event names are active, and no others; the cookie may be written later.
        for (const code of Object.keys({ ...onetrust.map, ...codes })) codes[code] = false;
        for (const code of active) codes[String(code)] = true;
      }
      if (Object.keys(codes).length === 0) return;
      tell(codes, isAnswered || document.cookie.includes('OptanonAlertBoxClosed='));
    };
    state(undefined, false);
    addEventListener('OneTrustGroupsUpdated', (event) => state(inside(event, 'detail'), false));
    whenPresent(['OneTrust', 'OnConsentChanged'], () =>
      call(inside(window, 'OneTrust'), 'OnConsentChanged', (event: unknown) =>
        state(inside(event, 'detail'), true),
      ),
    );
  },
};

/** https://www.cookiebot.com/en/developer/ */
const cookiebot: Platform = {
  map: { necessary: 'essential', preferences: 'functional', statistics: 'analytics', marketing: 'marketing' },
  follow(tell) {
    const state = (): void => {
      const given = inside(window, 'Cookiebot', 'consent');
      if (!given) return;
      const codes = Object.keys(cookiebot.map).map((code) => [code, inside(given, code) === true] as const);
      tell(Object.fromEntries(codes), inside(window, 'Cookiebot', 'hasResponse') === true);
    };
    for (const name of ['ConsentReady', 'Accept', 'Decline']) addEventListener(`CookiebotOn${name}`, state);
    state();
  },
};

/** https://developers.didomi.io/cmp/web-sdk/reference/api and …/events; purposes as in its list of TCF purposes */
const didomi: Platform = {
  map: {
    'cookies+select_personalized_ads': 'marketing',
    measure_content_performance: 'analytics',
    market_research: 'analytics',
    select_personalized_content: 'personalization',
    improve_products: 'functional',
  },
  follow(tell) {
    const state = (isAnswered: boolean): void => {
      const purposes = inside(call(inside(window, 'Didomi'), 'getCurrentUserStatus'), 'purposes');
      if (!purposes) return;
      const codes = Object.entries(purposes).map(
        ([code, purpose]) => [code, inside(purpose, 'enabled') === true] as const,
      );
      tell(Object.fromEntries(codes), isAnswered);
    };
    listOf('didomiOnReady').push(() => state(false));
    listOf('didomiEventListeners').push({ event: 'consent.changed', listener: () => state(true) });
  },
};

/** https://developers.osano.com/cmp/javascript-api/developer-documentation-consent-javascript-api */
const osano: Platform = {
  map: {
    ESSENTIAL: 'essential',
    STORAGE: 'functional',
    ANALYTICS: 'analytics',
    MARKETING: 'marketing',
    PERSONALIZATION: 'personalization',
  },
  follow(tell) {
    // Undefined until the person has chosen; a listener added late to the first event is called at once.
    const told = (given: unknown): void => {
      if (!given) return;
      tell(
        Object.fromEntries(Object.entries(given).map(([code, answer]) => [code, answer === 'ACCEPT'])),
        true,
      );
    };
    whenPresent(['Osano', 'cm'], (manager) => {
      call(manager, 'addEventListener', 'osano-cm-initialized', told);
      call(manager, 'addEventListener', 'osano-cm-consent-saved', told);
    });
  },
};

/** IAB TCF 2.2: purposes by number. 1 is storing on the device, without which nothing else can be followed. */
const tcf: Platform = {
  map: {
    '1+4': 'marketing',
    '1+8': 'analytics',
    '1+9': 'analytics',
    '1+6': 'personalization',
    '1+10': 'functional',
  },
  follow(tell) {
    const told = (state: unknown, isSuccess: unknown): void => {
      const status = inside(state, 'eventStatus');
      const purposes = inside(state, 'purpose', 'consents');
      // While the dialogue is open, or where the regulation does not apply, nobody has said anything.
      if (!isSuccess || !purposes || inside(state, 'gdprApplies') === false) return;
      if (status !== 'tcloaded' && status !== 'useractioncomplete') return;
      tell(
        Object.fromEntries(Object.entries(purposes).map(([code, granted]) => [code, granted === true])),
        true,
      );
    };
    whenPresent(['__tcfapi'], () => call(window, '__tcfapi', 'addEventListener', 2, told));
  },
};

/** Google Consent Mode v2, from the commands in the page's data layer. Marketing needs storage and user data. */
const consentmode: Platform = {
  map: {
    security_storage: 'essential',
    functionality_storage: 'functional',
    analytics_storage: 'analytics',
    'ad_storage+ad_user_data': 'marketing',
    personalization_storage: 'personalization',
  },
  follow(tell) {
    const codes: Record<string, boolean> = {};
    const read = (entry: unknown): void => {
      const said = inside(entry, '2');
      const isUpdate = inside(entry, '1') === 'update';
      if (inside(entry, '0') !== 'consent' || !said) return;
      const isRegional = inside(said, 'region') !== undefined;
      for (const [code, value] of Object.entries(said)) {
        if (value === 'denied') codes[code] = false;
        // Whether a regional default applies here only Google knows, so it can deny but not grant.
        if (value === 'granted' && !isRegional) codes[code] = true;
      }
      tell({ ...codes }, isUpdate);
    };
    const layer = listOf('dataLayer');
    layer.forEach(read);
    const push = layer.push;
    layer.push = (...entries) => {
      entries.forEach(read);
      return push.apply(layer, entries);
    };
  },
};

export const PLATFORMS: Readonly<Record<ConsentPlatform, Platform>> = {
  onetrust,
  cookiebot,
  didomi,
  osano,
  tcf,
  consentmode,
};

/** The page's global array of this name, made where there is none. */
function listOf(name: string): unknown[] {
  const present: unknown = Reflect.get(window, name);
  if (Array.isArray(present)) return present;
  const list: unknown[] = [];
  Reflect.set(window, name, list);
  return list;
}
