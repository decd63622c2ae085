/** Puts the page's client together. It must not know how its script came into the page. */
import { type Calls, createCalls } from '../calls.ts';
import { newId } from '../id.ts';
import type { Person } from '../person.ts';
import { systemPorts } from '../ports.ts';
import { type Consent, completeConsent } from '../wire.ts';
import { isBot, isRefusing, pageContext } from './context.ts';
import { readCookie, writeCookie } from './cookie.ts';
import { leaseLock, releaseLease, webLock } from './lock.ts';
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

/** The calls return at once; events are kept and sent behind the scenes. Those before `init` wait for it. */
export interface Datafly extends Calls<void> {
  init(options: BrowserOptions): void;
  /** Sends what waits. Resolves when nothing is left, or when ingestion asks to wait. */
  flush(): Promise<void>;
  /** Resolves, and runs what is given, once initialised. */
  ready(run?: () => void): Promise<void>;
}

/** `isSaying`: false where the platform only says that nobody has decided yet. */
export type ReportConsent = (decision: Consent, isSaying: boolean) => void;

/** Brings the adapter of the configured consent platform into the page. */
export type ConsentLoader = (options: BrowserOptions, report: ReportConsent) => void;

const PERSON_KEY = '_df';
const COOKIE = '_df_id';

/** `now` is the time that events bear. Nothing of the page is touched before the first call. */
export function createBrowserClient(loadConsent: ConsentLoader, now: () => number): Datafly {
  const shelf = createShelf(() => localStorage);
  const early: string[] = [];
  let keep = (text: string): void => void early.push(text);
  let options: BrowserOptions | undefined;
  let queue: Queue | undefined;
  let referrer = '';
  let decision: Consent | undefined;
  let open: () => void;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });

  const refuses = (): boolean => options?.privacySignals !== false && isRefusing();

  /** What the consent platform and the browser say of whoever sits here; a browser's refusal outweighs a platform. */
  function standing(): Consent | undefined {
    if (!refuses()) return decision;
    const { categories, canonical } = decision ?? {};
    return completeConsent({ ...categories }, { ...canonical, marketing: false, personalization: false });
  }

  function stranger(): Person {
    return { anonymousId: newId(), isRefusing: refuses(), consent: standing() };
  }

  function write(person: Person): void {
    shelf.write(PERSON_KEY, JSON.stringify(person));
    writeCookie(COOKIE, person.anonymousId ?? '');
  }

  /** Asked for each event, so that all tabs speak of the same person. The cookie, shared by subdomains, wins. */
  function read(): Person {
    const anonymousId = readCookie(COOKIE);
    try {
      const person: Person = JSON.parse(shelf.read(PERSON_KEY) ?? '{}');
      if (person.anonymousId && person.anonymousId === (anonymousId ?? person.anonymousId)) return person;
    } catch {
      // Somebody else wrote there; the cookie or a new id takes over.
    }
    const person = { ...stranger(), ...(anonymousId && { anonymousId }) };
    write(person);
    return person;
  }

  const calls = createCalls<void>({
    now,
    read,
    write,
    stranger,
    context: () => pageContext(referrer),
    emit: (event) => keep(JSON.stringify(event)),
  });

  function settle(): void {
    const consent = standing();
    if (consent) calls.decide(consent);
  }

  function startQueue({
    pipelineKey,
    endpoint = location.origin,
    batchSize = 10,
    flushInterval = 1_000,
  }: BrowserOptions): Queue {
    const tab = newId();
    const lockName = `_df:${pipelineKey}:lock`;
    const made = createQueue(
      {
        url: `${endpoint.replace(/\/$/, '')}/v1/batch`,
        pipelineKey,
        batchSize,
        flushIntervalMs: flushInterval,
        tab,
        shelf,
        lock: navigator.locks
          ? webLock(lockName, navigator.locks)
          : leaseLock(lockName, tab, shelf, systemPorts),
        beacon: (url, body) => navigator.sendBeacon(url, body),
      },
      systemPorts,
    );
    addEventListener('pagehide', () => {
      made.leave();
      releaseLease(lockName, tab, shelf);
    });
    addEventListener('online', made.online);
    addEventListener('storage', (change) => made.changed(change.key));
    document.addEventListener('visibilitychange', made.flush);
    return made;
  }

  function init(chosen: BrowserOptions): void {
    if (options) return;
    options = chosen;
    // A refusal counts when it is first seen; a later setConsent is the person's own word again.
    if (refuses() && !read().isRefusing) settle();
    write({ ...read(), isRefusing: refuses() });
    if (chosen.skipBots === false || !isBot()) queue = startQueue(chosen);
    keep = (text) => queue?.add(text);
    early.splice(0).forEach(keep);
    if (chosen.consent) {
      loadConsent(chosen, (said, isSaying) => {
        // An undecided platform takes back what was kept of an earlier, expired decision.
        if (!isSaying && !read().consent) return;
        decision = said;
        settle();
      });
    }
    if (chosen.autoPage !== false) {
      watchPages((before) => {
        referrer = before;
        calls.page();
      });
    }
    open();
  }

  return {
    ...calls,
    init,
    flush: async () => queue?.flush(),
    ready: (run) => opened.then(run),
  };
}
