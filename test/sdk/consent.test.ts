import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { grantedBy } from '../../src/sdk/consent/follow.ts';
import type { Category } from '../../src/sdk/wire.ts';
import { hasChromium, launchChromium, openContext } from '../chromium.ts';
import { SCRIPT, type Site, startSite } from './site.ts';

describe('codes', () => {
  it.each([
    ['any of several is enough', { a: false, b: true }, { a: 'marketing', b: 'marketing' }, ['marketing']],
    ['those joined by + must all be granted', { a: true, b: false }, { 'a+b': 'marketing' }, []],
    ['those joined by + grant together', { a: true, b: true }, { 'a+b': 'marketing' }, ['marketing']],
    ['one may grant several', { a: true }, { a: ['marketing', 'analytics'] }, ['marketing', 'analytics']],
    ['what is not mentioned grants nothing', {}, { a: 'marketing' }, []],
    ['what the map does not know grants nothing', { z: true }, { a: 'marketing' }, []],
  ])('%s', (_claim, codes, map, granted) => {
    expect(Object.keys(grantedBy(codes, map))).toEqual(granted);
  });
});

interface Case {
  readonly platform: string;
  /** What the platform has put into the page before, and how its state changes. */
  readonly before: string;
  readonly change?: string;
  /** Granted at first and after the change, besides the essential; undefined while nothing is known. */
  readonly first: readonly Category[] | undefined;
  readonly after?: readonly Category[];
  readonly codes?: object;
  readonly attributes?: string;
}

const onetrust = (groups: string): string =>
  `document.cookie='OptanonConsent=x=1&groups='+encodeURIComponent('${groups}')+'&y=2';`;
const updated = (groups: string): string =>
  `dispatchEvent(new CustomEvent('OneTrustGroupsUpdated',{detail:${JSON.stringify(groups.split(','))}}));`;
const tcfState = (status: string, purposes: object, more: object = {}): string =>
  JSON.stringify({ eventStatus: status, gdprApplies: true, purpose: { consents: purposes }, ...more });
const tcf = (state: string): string => `__tcfapi=function(c,v,f){window.tell=s=>f(s,true);tell(${state})}`;

const CASES: Record<string, Case> = {
  'OneTrust: a choice made, and changed': {
    platform: 'onetrust',
    before: `${onetrust('C0001:1,C0002:0,C0004:1')}document.cookie='OptanonAlertBoxClosed=2026'`,
    codes: { C0001: true, C0002: false, C0004: true },
    first: ['marketing'],
    change: onetrust('C0001:1,C0002:1,C0004:0') + updated('C0001,C0002'),
    after: ['analytics'],
  },
  'OneTrust: nobody has chosen, and nothing is assumed': {
    platform: 'onetrust',
    before: onetrust('C0001:1,C0002:0,C0004:0'),
    first: undefined,
    change: `document.cookie='OptanonAlertBoxClosed=2026';${updated('C0001,C0003')}`,
    after: ['functional'],
  },
  'OneTrust: it comes later, and everything is declined': {
    platform: 'onetrust',
    before: 'OneTrust={OnConsentChanged(f){told=f}}',
    first: undefined,
    change: "told({detail:['C0001']})",
    after: [],
  },
  'OneTrust: nobody has chosen where the law lets people opt out': {
    platform: 'onetrust',
    before: onetrust('C0001:1,C0002:1,C0003:1,C0004:1'),
    first: ['functional', 'analytics', 'marketing'],
  },
  'OneTrust: categories of the site’s own': {
    platform: 'onetrust',
    before: onetrust('C0001:1,SPD_BG:1,C0004:1'),
    attributes: `data-consent-map='{"SPD_BG":["marketing","personalization"],"C0004":"analytics"}'`,
    first: ['analytics', 'marketing', 'personalization'],
  },
  'Cookiebot: a choice made, and changed': {
    platform: 'cookiebot',
    before:
      'Cookiebot={hasResponse:true,consent:{necessary:true,preferences:true,statistics:false,marketing:true}}',
    codes: { necessary: true, preferences: true, statistics: false, marketing: true },
    first: ['functional', 'marketing'],
    change:
      "Cookiebot.consent={necessary:true,statistics:true};dispatchEvent(new Event('CookiebotOnAccept'))",
    after: ['analytics'],
  },
  'Cookiebot: it comes later, and everything is declined': {
    platform: 'cookiebot',
    before: '',
    first: undefined,
    change:
      "Cookiebot={hasResponse:true,consent:{necessary:true}};dispatchEvent(new Event('CookiebotOnDecline'))",
    after: [],
  },
  'Didomi: it comes later, and the choice changes': {
    platform: 'didomi',
    before: '',
    first: undefined,
    change: `Didomi={getCurrentUserStatus:()=>({purposes:{cookies:{enabled:true},select_personalized_ads:{enabled:true},market_research:{enabled:false}}})};
      didomiOnReady.forEach(f=>f(Didomi))`,
    after: ['marketing'],
  },
  'Didomi: everything is declined': {
    platform: 'didomi',
    before: 'didomiEventListeners=[];didomiOnReady=[]',
    first: undefined,
    change: `Didomi={getCurrentUserStatus:()=>({purposes:{cookies:{enabled:false},analytics:{enabled:false}}})};
      didomiEventListeners.find(l=>l.event==='consent.changed').listener()`,
    after: [],
  },
  'Osano: a choice made, and changed': {
    platform: 'osano',
    before: `told={};Osano={cm:{addEventListener(n,f){told[n]=f;if(n==='osano-cm-initialized')f({ESSENTIAL:'ACCEPT',MARKETING:'ACCEPT',ANALYTICS:'DENY'})}}}`,
    codes: { ESSENTIAL: true, MARKETING: true, ANALYTICS: false },
    first: ['marketing'],
    change:
      "told['osano-cm-consent-saved']({ESSENTIAL:'ACCEPT',MARKETING:'DENY',STORAGE:'ACCEPT',PERSONALIZATION:'ACCEPT'})",
    after: ['functional', 'personalization'],
  },
  'Osano: it comes later, and nobody has chosen yet': {
    platform: 'osano',
    before: '',
    first: undefined,
    change: `Osano={cm:{addEventListener(n,f){if(n==='osano-cm-initialized')f(undefined);else setTimeout(()=>f({MARKETING:'DENY'}))}}}`,
    after: [],
  },
  'TCF: a choice kept, and changed': {
    platform: 'tcf',
    before: tcf(tcfState('tcloaded', { 1: true, 4: true, 9: true })),
    codes: { 1: true, 4: true, 9: true },
    first: ['analytics', 'marketing'],
    change: `tell(${tcfState('useractioncomplete', { 1: true, 6: true, 10: true })})`,
    after: ['functional', 'personalization'],
  },
  'TCF: an open dialogue says nothing; purposes without storage grant nothing': {
    platform: 'tcf',
    before: tcf(tcfState('cmpuishown', { 1: true, 4: true })),
    first: undefined,
    change: `tell(${tcfState('useractioncomplete', { 4: true, 9: true })})`,
    after: [],
  },
  'TCF: where it does not apply, nobody has agreed': {
    platform: 'tcf',
    before: tcf(tcfState('tcloaded', { 1: true, 4: true }, { gdprApplies: false })),
    first: undefined,
    change: `tell(${tcfState('tcloaded', { 1: true, 4: true })})`,
    after: ['marketing'],
  },
  'Consent Mode: denied by default, then granted': {
    platform: 'consentmode',
    before: `dataLayer=[];function gtag(){dataLayer.push(arguments)}
      gtag('consent','default',{ad_storage:'denied',ad_user_data:'denied',analytics_storage:'denied'})`,
    first: undefined,
    change: "gtag('consent','update',{ad_storage:'granted',ad_user_data:'granted'})",
    after: ['marketing'],
  },
  'Consent Mode: marketing needs storage and user data': {
    platform: 'consentmode',
    before: `dataLayer=[];function gtag(){dataLayer.push(arguments)}
      gtag('js',new Date);gtag('consent','default',{ad_storage:'granted',analytics_storage:'granted'})`,
    codes: { ad_storage: true, analytics_storage: true },
    first: ['analytics'],
    change: "gtag('consent','update',{ad_user_data:'denied',personalization_storage:'granted'})",
    after: ['analytics', 'personalization'],
  },
  'Consent Mode: a default for some regions can deny but not grant': {
    platform: 'consentmode',
    before: `dataLayer=[];function gtag(){dataLayer.push(arguments)}
      gtag('consent','default',{analytics_storage:'granted',functionality_storage:'granted'});
      gtag('consent','default',{analytics_storage:'denied',personalization_storage:'granted',region:['NO']})`,
    first: ['functional'],
  },
};

describe.skipIf(!hasChromium)('d-consent.js in Chromium', () => {
  let browser: Browser;
  let site: Site;
  let context: BrowserContext;

  beforeAll(async () => {
    [browser, site] = await Promise.all([launchChromium(), startSite()]);
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
  });
  beforeEach(async () => {
    site.events.length = 0;
    context = await openContext(browser);
  });
  afterEach(() => context.close());

  /** What the newest event says is granted besides the essential; undefined when it says nothing. */
  function granted(): string[] | undefined {
    const { consent } = Object(site.events.at(-1)?.context);
    return (
      consent &&
      Object.keys(consent.canonical).filter((name) => name !== 'essential' && consent.canonical[name])
    );
  }

  async function pageWith(script: string, attributes: string, platform: string) {
    const tag = SCRIPT.replace(
      'data-skip',
      `data-auto-page="false" data-consent="${platform}" ${attributes} data-skip`,
    );
    site.pages.set('/consent', `<script>${script}</script>${tag}`);
    const page = await context.newPage();
    const adapter = page.waitForResponse(/d-consent/);
    await page.goto(`${site.url}/consent`);
    await adapter;
    await page.waitForLoadState('load');
    return {
      run: (code: string) => page.evaluate(code),
      async newest(): Promise<string[] | undefined> {
        const before = site.events.length;
        await page.evaluate(() => {
          window.datafly.track('X');
          return window.datafly.flush();
        });
        await expect.poll(() => site.events.length).toBeGreaterThan(before);
        return granted();
      },
    };
  }

  it.each(Object.entries(CASES))(
    '%s',
    async (_name, { platform, before, change, first, after, codes, attributes = '' }) => {
      const page = await pageWith(before, attributes, platform);
      await expect.poll(page.newest).toEqual(first);
      if (codes) expect(site.events.at(-1)?.context.consent).toMatchObject({ categories: codes });
      if (!change) return;
      await page.run(`{${change}}`);
      await expect.poll(page.newest).toEqual(after);
    },
  );

  it('a browser’s refusal outweighs what the platform assumes', async () => {
    await context.addInitScript(() =>
      Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', { get: () => true }),
    );
    const page = await pageWith(CASES['OneTrust: a choice made, and changed']?.before ?? '', '', 'onetrust');
    await expect
      .poll(() => page.newest().then(() => site.events.at(-1)?.context.consent))
      .toMatchObject({
        categories: { C0004: true },
        canonical: { essential: true, marketing: false },
      });
  });

  it('a platform that has forgotten the person takes back what was kept', async () => {
    const asked = await pageWith(CASES['OneTrust: a choice made, and changed']?.before ?? '', '', 'onetrust');
    await expect.poll(asked.newest).toEqual(['marketing']);
    const forgotten = `document.cookie='OptanonAlertBoxClosed=;max-age=0';${onetrust('C0001:1,C0004:0')}`;
    const again = await pageWith(forgotten, '', 'onetrust');
    await expect.poll(again.newest).toEqual([]);
  });

  it('an unknown platform grants nothing and says so', async () => {
    const warning = context.waitForEvent('console', (message) =>
      message.text().includes('"trustone" is unknown'),
    );
    const page = await pageWith(onetrust('C0004:1'), '', 'trustone');
    expect(await page.newest()).toBeUndefined();
    await warning;
  });
});
