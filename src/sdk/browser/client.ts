/** Puts the page's client together. It must not know how its script came into the page. */
import { type Calls, createCalls } from '../calls.ts';
import { newId } from '../id.ts';
import type { Person } from '../person.ts';
import { systemPorts } from '../ports.ts';
import { type Consent, completeConsent } from '../wire.ts';
import { isBot, isRefusing, pageContext, pageFacts } from './context.ts';
import { readCookie, writeCookie } from './cookie.ts';
import { leaseLock, webLock } from './lock.ts';
import { watchPages } from './navigation.ts';
import { createQueue, type Queue } from './queue.ts';
import { createShelf } from './shelf.ts';

export type ConsentPlatform = 'onetrust' | 'cookiebot' | 'didomi' | 'osano' | 'tcf' | 'consentmode';

/** Script attributes of the same names (`data-pipeline-key` …) say the same. */
export interface BrowserOptions {
  /** `dk_live_…` of the pipeline. */
  readonly pipelineKey: string;
  /** Where ingestion is. Default: where the script came from; for bundled code, the page's own origin. */
  readonly endpoint?: string;
  /** Events that make a batch leave before its time. Default 10. */
  readonly batchSize?: number;
  /** Milliseconds that an event waits for company. Default 1,000. */
  readonly flushInterval?: number;
  /** Page views by themselves, on load and on navigation inside the page. Default true. */
  readonly autoPage?: boolean;
  /** Sec-GPC and Do-Not-Track count as a refusal of everything but the essential. Default true. */
  readonly privacySignals?: boolean;
  /** Crawlers and remote-controlled browsers send nothing. Default true. */
  readonly skipBots?: boolean;
  /** The consent platform to follow. */
  readonly consent?: ConsentPlatform;
  /** Categories of the platform's codes, over the built-in ones, e.g. `{ "C0009": "marketing" }`. */
  readonly consentMap?: Readonly<Record<string, string | readonly string[]>>;
}

/** The calls return at once; events are kept and sent behind the scenes. Calls before `init` wait for it. */
export interface Datafly extends Calls<void> {
  init(options: BrowserOptions): void;
  /** Sends what waits. Resolves when nothing is left, or when ingestion asks to wait. */
  flush(): Promise<void>;
  /** Resolves, and runs what is given, once initialised. */
  ready(run?: () => void): Promise<void>;
}

export type ConsentLoader = (options: BrowserOptions, report: (decision: Consent) => void) => void;

const PERSON_KEY = '_df';
const COOKIE = '_df_id';

/** `replay` makes calls as if at the time when they were made to the snippet. */
export function createBrowserClient(loadConsent: ConsentLoader): {
  readonly datafly: Datafly;
  readonly replay: (calledMs: number, call: () => void) => void;
} {
  const shelf = createShelf(() => localStorage);
  const early: (() => void)[] = [];
  let options: BrowserOptions | undefined;
  let queue: Queue | undefined;
  let calledMs: number | undefined;
  let referrer = '';
  let decision: Consent | undefined;
  let open: () => void;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });

  const now = (): number => calledMs ?? Date.now();

  function replay(atMs: number, call: () => void): void {
    calledMs = atMs;
    call();
    calledMs = undefined;
  }

  function kept(): Person | undefined {
    try {
      const person: Person | null = JSON.parse(shelf.read(PERSON_KEY) ?? 'null');
      return person?.anonymousId ? person : undefined;
    } catch {
      // Somebody else wrote there; the cookie or a new id takes over.
      return undefined;
    }
  }

  /** What the browser and the consent platform say of whoever sits here. */
  function stranger(): Person {
    const refuses = options?.privacySignals !== false && isRefusing();
    const said = decision ?? (refuses ? completeConsent({}, {}) : undefined);
    const consent =
      said && refuses
        ? { ...said, canonical: { ...said.canonical, marketing: false, personalization: false } }
        : said;
    return { anonymousId: newId(), isRefusing: refuses, ...(consent && { consent }) };
  }

  function write(person: Person): void {
    shelf.write(PERSON_KEY, JSON.stringify(person));
    if (readCookie(COOKIE) !== person.anonymousId) writeCookie(COOKIE, person.anonymousId);
  }

  /** Asked for each event, so that all tabs speak of the same person. The cookie, shared by subdomains, wins. */
  function read(): Person {
    const person = kept();
    const anonymousId = readCookie(COOKIE) ?? person?.anonymousId;
    if (person && person.anonymousId === anonymousId) return person;
    const other = { ...stranger(), ...(anonymousId && { anonymousId }) };
    write(other);
    return other;
  }

  const calls = createCalls<void>({
    now,
    read,
    write,
    stranger,
    context: () => pageContext(referrer),
    pageProperties: () => pageFacts(referrer),
    emit: (event) => queue?.add(JSON.stringify(event)),
  });

  /** The same call, now or once initialised. */
  function whenOpen<Args extends unknown[]>(call: (...args: Args) => void): (...args: Args) => void {
    return (...args) => {
      const atMs = now();
      if (options) call(...args);
      else early.push(() => replay(atMs, () => call(...args)));
    };
  }

  function heedSignals(): void {
    const before = read();
    const { isRefusing: refuses = false } = stranger();
    if (refuses && !before.isRefusing) calls.decide(completeConsent({}, {}));
    write({ ...read(), isRefusing: refuses });
  }

  function startQueue(chosen: BrowserOptions): Queue {
    const tab = newId();
    const name = `_df:${chosen.pipelineKey}:lock`;
    const made = createQueue(
      {
        url: `${(chosen.endpoint ?? location.origin).replace(/\/$/, '')}/v1/batch`,
        pipelineKey: chosen.pipelineKey,
        batchSize: chosen.batchSize ?? 10,
        flushIntervalMs: chosen.flushInterval ?? 1_000,
        tab,
        shelf,
        lock: navigator.locks ? webLock(name, navigator.locks) : leaseLock(name, tab, shelf, systemPorts),
        beacon: (url, body) => navigator.sendBeacon(url, body),
      },
      systemPorts,
    );
    const flush = (): void => void made.flush();
    addEventListener('pagehide', made.leave);
    addEventListener('pageshow', flush);
    addEventListener('online', made.online);
    addEventListener('storage', (change) => made.changed(change.key));
    document.addEventListener('visibilitychange', flush);
    flush();
    return made;
  }

  function init(chosen: BrowserOptions): void {
    if (options) return;
    options = chosen;
    if (chosen.skipBots === false || !isBot()) queue = startQueue(chosen);
    writeCookie(COOKIE, read().anonymousId);
    heedSignals();
    if (chosen.consent) {
      loadConsent(chosen, (said) => {
        decision = said;
        const { consent } = stranger();
        if (consent) calls.decide(consent);
      });
    }
    for (const call of early.splice(0)) call();
    if (chosen.autoPage !== false) {
      watchPages((before) => {
        referrer = before;
        calls.page();
      });
    }
    open();
  }

  return {
    replay,
    datafly: {
      init,
      identify: whenOpen(calls.identify),
      track: whenOpen(calls.track),
      page: whenOpen(calls.page),
      group: whenOpen(calls.group),
      alias: whenOpen(calls.alias),
      reset: whenOpen(calls.reset),
      setConsent: whenOpen(calls.setConsent),
      flush: async () => queue?.flush(),
      ready: (run) => opened.then(run),
    },
  };
}
