/**
 * What one event costs between the log and the jobs, in processor time: the whole decision of the service, and its parts.
 * Run with `npm run bench:decide`, which bundles it first: tsx gives every function its name again at each call, the
 * service's own build does not. It must not know another way through than the one that the service takes.
 *
 * Included: the book of persons that each step begins with. Not included: reading the log and the ledger, the commit.
 */
import defaultBlueprint from '../blueprints/activecampaign/default.json' with { type: 'json' };
import { activecampaign } from '../src/activecampaign/destination.ts';
import { systemClock } from '../src/clock.ts';
import { compileDestination } from '../src/destination/compile.ts';
import type { CanonicalEvent } from '../src/event/canonical-event.ts';
import type { ConsentDecision } from '../src/event/consent.ts';
import { type Email, parseEmail } from '../src/event/email.ts';
import type { JsonObject } from '../src/event/json.ts';
import { loadConfiguration, type PipelineRules } from '../src/processing/configuration.ts';
import {
  type DecideContext,
  type Decisions,
  decideEvent,
  mapEvent,
  personOf,
} from '../src/processing/decide.ts';
import { PersonBook } from '../src/processing/person-book.ts';
import { createRevisionCompiler } from '../src/runtime/revision-compiler.ts';
import type { LoggedEvent } from '../src/store/ports/event-log.ts';
import type { ConsentSubject, LedgerSnapshot, Link, VisitorKey } from '../src/store/ports/ledger.ts';
import { openSqliteStore } from '../src/store/sqlite/open.ts';
import { newIntegration, newPipeline, newRevision, newTemplate } from '../test/store/samples.ts';

const ROUNDS = 31;
const WARM_UP = 3;
/** Events in one step of the processor, as in src/config.ts. */
const STEP_EVENTS = 200;
const STEPS = 10;
const AT = '2026-01-31T12:00:00.000Z';
const RECEIVED = '2026-01-31T12:00:01.000Z';

const consent = (marketing: boolean): JsonObject => ({
  categories: { ads: marketing, stats: true },
  canonical: { essential: true, functional: true, analytics: true, marketing, personalization: false },
});

/** What the browser client says with every event. */
const context = (marketing: boolean): JsonObject => ({
  library: { name: 'datafly-js', version: '0.1.0' },
  userAgent:
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36',
  locale: 'en-GB',
  timezone: 'Europe/Oslo',
  screen: { width: 1920, height: 1080, density: 1 },
  page: {
    url: 'https://shop.example.com/shoes/red?utm_source=mail',
    path: '/shoes/red',
    title: 'Red shoes',
    referrer: 'https://shop.example.com/',
    search: '?utm_source=mail',
  },
  ip: '203.0.113.7',
  consent: consent(marketing),
});

interface Kind {
  readonly name: string;
  /** What must become of it, so that nothing fast and wrong is measured. */
  readonly verdict: string;
  readonly event: Partial<CanonicalEvent> & Pick<CanonicalEvent, 'type'>;
  readonly granted?: false;
  /** The event says nothing about consent; what the person decided before stands in the ledger. */
  readonly isSilent?: true;
  /** The visitor's address stands in the event and not only in the ledger. */
  readonly isStated?: true;
}

const ORDER: Kind['event'] = {
  type: 'track',
  event: 'Order Completed',
  properties: {
    order_id: 'o-991',
    revenue: 129.95,
    currency: 'EUR',
    coupon: null,
    products: [
      { product_id: 'p1', name: 'Sweater', price: 49.95, quantity: 1 },
      { product_id: 'p2', name: 'Hat', price: 40, quantity: 2 },
    ],
  },
};

const KINDS: readonly Kind[] = [
  {
    name: 'page',
    verdict: 'mapped',
    event: {
      type: 'page',
      properties: { url: 'https://shop.example.com/shoes/red', title: 'Red shoes', path: '/shoes/red' },
    },
  },
  {
    name: 'identify',
    verdict: 'mapped',
    isStated: true,
    event: {
      type: 'identify',
      traits: { first_name: 'Jane', last_name: 'Doe', phone: '+15551234567', plan: 'pro' },
    },
  },
  {
    name: 'Product Viewed',
    verdict: 'mapped',
    event: {
      type: 'track',
      event: 'Product Viewed',
      properties: { product_id: 'p1', name: 'Sweater', price: 49.95, category: 'Clothes' },
    },
  },
  { name: 'Order Completed', verdict: 'mapped', event: ORDER },
  { name: 'Order, silent', verdict: 'mapped', isSilent: true, event: ORDER },
  { name: 'Order, refused', verdict: 'filtered CONSENT_DENIED', granted: false, event: ORDER },
  {
    name: 'Video Paused',
    verdict: 'dropped EVENT_NOT_ENABLED',
    event: { type: 'track', event: 'Video Paused', properties: { position: 17 } },
  },
];

/** One step's events of a kind, each of another visitor, as they come out of the log: every one parsed by itself. */
function eventsOf({ event, granted, isStated, isSilent }: Kind): readonly LoggedEvent[] {
  return Array.from({ length: STEP_EVENTS }, (_, index) => {
    const email = `Jane.Doe+${index}@Example.com`;
    const whole: CanonicalEvent = {
      messageId: `m-${index}`,
      userId: `user-${index}`,
      anonymousId: `a6b1c0de-${index}`,
      properties: {},
      context: isSilent === true ? { library: { name: 'datafly-node' } } : context(granted ?? true),
      timestamp: AT,
      originalTimestamp: AT,
      sentAt: AT,
      receivedAt: RECEIVED,
      ...event,
      traits: { ...event.traits, ...(isStated === true ? { email } : {}) },
    };
    const parsed: CanonicalEvent = JSON.parse(JSON.stringify(whole));
    return {
      seq: index + 1,
      id: `evt_${index}`,
      pipelineId: 'pl_1',
      messageId: whole.messageId,
      receivedAtMs: Date.parse(RECEIVED),
      event: parsed,
    };
  });
}

/** Everybody has been identified and has decided before. */
function ledger(): LedgerSnapshot {
  const links = new Map<VisitorKey, Link>();
  const keysOf = new Map<Email, readonly VisitorKey[]>();
  const decisions = new Map<ConsentSubject, Readonly<Record<string, ConsentDecision>>>();
  for (let index = 0; index < STEP_EVENTS; index++) {
    const email = parseEmail(`jane.doe+${index}@example.com`);
    if (email === undefined) throw new Error('This is an address.');
    const [user, device] = [`u:user-${index}`, `a:a6b1c0de-${index}`] as const;
    links.set(user, { email, seq: 0 });
    links.set(device, { email, seq: 0, userId: `user-${index}` });
    keysOf.set(email, [user, device]);
    for (const subject of [user, device, `e:${email}`] as const)
      decisions.set(subject, { marketing: { granted: true, atMs: 1 } });
  }
  return { links, keysOf, decisions, parked: new Map() };
}

/** The shipped blueprint, installed in a store of its own. */
async function rulesOfDefault(): Promise<PipelineRules> {
  const store = openSqliteStore({
    path: ':memory:',
    clock: systemClock,
    dedupeDays: 28,
    retentionDays: 30,
    parkPerVisitor: 100,
  });
  try {
    await store.config.putPipeline(newPipeline('pl_1'));
    const revision = newRevision('rev_1', {
      blueprint: JSON.parse(JSON.stringify(defaultBlueprint)),
      settings: { api_url: 'https://acme.api-us1.com', event_tracking_account_id: '12345' },
      sealed: { api_key: 'v1.sealed', event_tracking_key: 'v1.sealed' },
    });
    const template = newTemplate('it_1', { catalogVendorKey: 'activecampaign' });
    await store.config.install(template, revision, newIntegration('pi_1'));
    const compiler = createRevisionCompiler(
      new Map([['activecampaign', compileDestination(activecampaign)]]),
    );
    const configuration = await loadConfiguration(store.config, compiler, new Map(), rethrow);
    const rules = configuration.pipeline('pl_1');
    if (rules === undefined) throw new Error('The pipeline was not installed.');
    return rules;
  } finally {
    await store.close();
  }
}

function rethrow(error: unknown): never {
  throw error;
}

const rules = await rulesOfDefault();
const snapshot = ledger();

function contextOf(book: PersonBook): DecideContext {
  return {
    rules,
    book,
    parkedEvents: new Map(),
    nowMs: Date.parse(RECEIVED),
    parkMs: 1_000,
    onError: rethrow,
  };
}

let sink = 0;
/** Each stage does all that the one before it does, and more. Each begins a step of the processor: a new book. */
const STAGES: Readonly<Record<string, (events: readonly LoggedEvent[]) => void>> = {
  'person: address and consent': (events) => {
    const book = new PersonBook('pl_1', snapshot);
    for (const logged of events) sink += personOf(logged, rules, book).email?.length ?? 0;
  },
  '+ consent asked, match, map': (events) => {
    const book = new PersonBook('pl_1', snapshot);
    for (const logged of events) {
      const person = personOf(logged, rules, book);
      for (const integration of rules.integrationsAt(logged.seq))
        sink += mapEvent(logged.event, integration, person).kind.length;
    }
  },
  '+ payload check, job, verdict': (events) => {
    const into: Decisions = { verdicts: [], jobs: [], addresses: [] };
    const context = contextOf(new PersonBook('pl_1', snapshot));
    for (const logged of events) decideEvent(logged, context, into);
    sink += into.jobs.length;
  },
};

/** Microseconds of processor time an event: waiting for a busy machine does not count. */
function measured(run: () => void): number {
  const before = process.cpuUsage();
  for (let step = 0; step < STEPS; step++) run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / (STEPS * STEP_EVENTS);
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Throws when an event of the kind does not become what it should: nothing fast and wrong is measured. */
function prove(kind: Kind, events: readonly LoggedEvent[]): void {
  const into: Decisions = { verdicts: [], jobs: [], addresses: [] };
  const context = contextOf(new PersonBook('pl_1', snapshot));
  for (const logged of events) decideEvent(logged, context, into);
  const found = new Set(
    into.verdicts.map(({ state, code }) => (code === undefined ? state : `${state} ${code}`)),
  );
  if (found.size !== 1 || !found.has(kind.verdict))
    throw new Error(`${kind.name} became ${[...found].join(', ')}.`);
}

/** Stages and kinds are measured in turns, so that other load on the machine meets all alike. */
function main(): void {
  const cells = Object.entries(STAGES).flatMap(([stage, run]) =>
    KINDS.map((kind) => ({ stage, kind, run, events: eventsOf(kind), samples: [] as number[] })),
  );
  for (const { kind, events } of cells) prove(kind, events);
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    for (const { run, events, samples } of cells) {
      const taken = measured(() => run(events));
      if (round >= 0) samples.push(taken);
    }
  }
  console.log(`processor time in µs an event, medians of ${ROUNDS} rounds`);
  console.log(''.padEnd(32), KINDS.map(({ name }) => name.padStart(17)).join(''));
  for (const stage of Object.keys(STAGES)) {
    const row = cells.filter((cell) => cell.stage === stage).map(({ samples }) => median(samples).toFixed(2));
    console.log(stage.padEnd(32), row.map((value) => value.padStart(17)).join(''));
  }
  if (sink === 0) throw new Error('Nothing was done.');
}

main();
