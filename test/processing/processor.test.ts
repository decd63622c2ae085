/** What must not hold up the log: revisions, integrations and events that cannot be worked. On the real store, in memory. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CanonicalEvent } from '../../src/event/canonical-event.ts';
import { Failure } from '../../src/event/failure.ts';
import type { CompiledRevision, RevisionCompiler } from '../../src/processing/configuration.ts';
import { Processor } from '../../src/processing/processor.ts';
import type { LoggedEvent } from '../../src/store/ports/event-log.ts';
import { openSqliteStore, type SqliteStore } from '../../src/store/sqlite/open.ts';
import {
  address,
  newEvent,
  newIntegration,
  newPipeline,
  newRevision,
  newTemplate,
  START_MS,
} from '../store/samples.ts';
import { VirtualTime } from '../world/virtual-time.ts';

const YES = { consent: { marketing: true } };

/** One rule that wants everything; `Poison` is what the mapping chokes on. */
const sound: CompiledRevision = {
  mapper: {
    wants: () => true,
    evaluate: (input) => {
      if (input['event'] === 'Poison') throw new RangeError('a mistake of our own');
      const payload = typeof input['email'] === 'string' ? { email: input['email'] } : {};
      return {
        kind: 'evaluated',
        results: [{ outcome: 'operation', rule: 'r', action: 'record', payload }],
      };
    },
  },
  actions: new Map([
    [
      'record',
      {
        unavailable: undefined,
        contacts: ({ email }) => (typeof email === 'string' ? [address(email)] : []),
        check: (payload) => ({ ok: true, payload }),
      },
    ],
  ]),
  consentCategories: ['marketing'],
  missingConsent: 'deny',
};

const compiler: RevisionCompiler = {
  compile(_template, { id }) {
    if (id !== 'rev_broken') return sound;
    throw new Failure('BLUEPRINT_INVALID', 'The blueprint has one mistake.', {
      details: [{ path: 'events.x', message: 'The directive @gone does not exist.' }],
    });
  },
  lane(template) {
    if (template.catalogVendorKey === 'gone') throw new Error('This program has no such destination.');
    return 'acme.api-us1.com';
  },
};

let time: VirtualTime;
let store: SqliteStore;
let errors: unknown[];
let processor: Processor;
let reads: number;
/** What each step read, in order. */
let loaded: { events: number; bytes: number }[];
const note = (events: readonly LoggedEvent[]): void => {
  const step = loaded.at(-1);
  if (step === undefined) return;
  step.events += events.length;
  step.bytes += events.reduce((sum, { event }) => sum + JSON.stringify(event).length, 0);
};

beforeEach(async () => {
  time = new VirtualTime(START_MS);
  errors = [];
  reads = 0;
  loaded = [];
  store = openSqliteStore({
    path: ':memory:',
    clock: time.clock(),
    dedupeDays: 28,
    retentionDays: 30,
    parkPerVisitor: 100,
  });
  await store.config.putPipeline(newPipeline('pl_1'));
  const { log, ledger, steps, config } = store;
  processor = new Processor({
    store: {
      ledger,
      steps,
      config,
      log: {
        append: (events) => log.append(events),
        head: () => log.head(),
        onAppend: (hint) => log.onAppend(hint),
        readMany: async (seqs) => {
          const events = await log.readMany(seqs);
          note(events);
          return events;
        },
        bytesOf: (seqs) => log.bytesOf(seqs),
        read: async (after, limit, bytes) => {
          reads += 1;
          if (failure !== undefined) throw failure;
          loaded.push({ events: 0, bytes: 0 });
          const events = await log.read(after, limit, bytes);
          note(events);
          return events;
        },
      },
    },
    compiler,
    clock: time.clock(),
    limits: {
      batchEvents: 50,
      releasedEvents: 10,
      bytes: 20_000,
      pollMs: 1_000,
      parkMs: 3_600_000,
      retryMs: 1_000,
    },
    onError: (error) => void errors.push(error),
  });
});
let failure: Error | undefined;
afterEach(async () => {
  failure = undefined;
  await store.close();
});

async function install(name: string, revisionId: string, catalogVendorKey = 'vendor'): Promise<void> {
  const templateId = `it_${name}`;
  await store.config.install(
    newTemplate(templateId, { catalogVendorKey }),
    newRevision(revisionId, { templateId }),
    newIntegration(`pi_${name}`, { templateId, revisionId }),
  );
}

const send = (messageId: string, change: Partial<CanonicalEvent> = {}) =>
  store.log.append([newEvent(messageId, { traits: { email: 'ann@example.com' }, context: YES, ...change })]);

async function verdicts(): Promise<Record<string, string>> {
  const { data } = await store.reads.events({}, 100);
  return Object.fromEntries(
    data.flatMap(({ event, verdicts: all }) =>
      all.map(({ integrationId, state, code }) => [
        `${event.event ?? event.type} ${integrationId}`,
        code === undefined ? state : `${state} ${code}`,
      ]),
    ),
  );
}

describe('nothing holds up the log', () => {
  it('not a stored revision that cannot be compiled any more: its events are invalid and say why', async () => {
    await install('sound', 'rev_sound');
    await install('broken', 'rev_broken');
    await send('m1', { event: 'One' });
    await send('m2', { event: 'Two' });
    expect(await processor.step()).toBe(2);
    expect(await verdicts()).toEqual({
      'One pi_sound': 'mapped',
      'One pi_broken': 'invalid MAPPING_FAILED',
      'Two pi_sound': 'mapped',
      'Two pi_broken': 'invalid MAPPING_FAILED',
    });
    const { data } = await store.reads.events({ integrationId: 'pi_broken' }, 1);
    expect(JSON.stringify(data)).toContain('The directive @gone does not exist.');
    expect(errors.map(String)).toEqual(['Failure: The blueprint has one mistake.']);
  });

  it('not an integration whose destination this program does not have', async () => {
    await install('sound', 'rev_sound');
    await install('gone', 'rev_gone', 'gone');
    await send('m1', { event: 'One' });
    expect(await processor.step()).toBe(1);
    expect(await verdicts()).toEqual({ 'One pi_sound': 'mapped', 'One pi_gone': 'invalid MAPPING_FAILED' });
    expect(errors).toHaveLength(1);
  });

  it('not an event that a mapping chokes on: it is invalid, those around it are mapped', async () => {
    await install('sound', 'rev_sound');
    await send('m1', { event: 'One' });
    await send('m2', { event: 'Poison' });
    await send('m3', { event: 'Two' });
    expect(await processor.step()).toBe(3);
    expect(await verdicts()).toEqual({
      'One pi_sound': 'mapped',
      'Poison pi_sound': 'invalid INTERNAL_ERROR',
      'Two pi_sound': 'mapped',
    });
    expect(errors.map(String)).toEqual(['RangeError: a mistake of our own']);
  });
});

describe('a parked event', () => {
  it('whose integration was removed meanwhile is not left as parked', async () => {
    await install('sound', 'rev_sound');
    await install('other', 'rev_other');
    await send('m1', { event: 'Early', traits: {} });
    await processor.step();
    await store.config.deleteTemplate('it_other', START_MS);
    await send('m2', { type: 'identify' });
    await processor.step();
    expect(await verdicts()).toMatchObject({
      'Early pi_sound': 'mapped',
      'Early pi_other': 'skipped INTEGRATION_DISABLED',
    });
  });
});

describe('an event with two ids that waits for an address', () => {
  const early = (messageId: string, change: Partial<CanonicalEvent> = {}) =>
    send(messageId, { event: messageId, traits: {}, userId: 'U', anonymousId: 'A', ...change });
  const identify = (messageId: string, ids: Partial<CanonicalEvent>) => {
    const { userId: _nobody, ...nobody } = newEvent(messageId, {
      type: 'identify',
      event: 'identify',
      traits: { email: 'ann@example.com' },
      context: YES,
      ...ids,
    }).event;
    return store.log.append([
      { ...newEvent(messageId), event: 'userId' in ids ? { ...nobody, userId: ids.userId ?? '' } : nobody },
    ]);
  };
  const mapped = async (): Promise<readonly string[]> => {
    const jobs = (await store.reads.deliveries({}, 100)).data;
    const { data } = await store.reads.events({}, 100);
    const names = new Map(data.map(({ seq, event }) => [seq, event.event ?? event.type]));
    return [...jobs].sort((a, b) => a.id - b.id).map(({ seq }) => String(names.get(seq)));
  };

  it.each([
    ['its user', { userId: 'U' }],
    ['its device', { anonymousId: 'A' }],
  ])('goes when %s gets one, in log order, once, also when a step lies between', async (_who, ids) => {
    await install('sound', 'rev_sound');
    await early('First');
    await early('Second');
    await processor.step();
    expect(await mapped()).toEqual([]);
    await early('Third');
    await identify('m4', ids);
    await processor.step();
    expect(await mapped()).toEqual(['identify', 'First', 'Second', 'Third']);
    await identify('m5', { userId: 'U', anonymousId: 'A' });
    await processor.step();
    expect((await mapped()).filter((name) => name !== 'identify')).toEqual(['First', 'Second', 'Third']);
    expect(await store.steps.expiredParked(START_MS + 2 * 3_600_000, 10)).toEqual([]);
  });

  it('does not go to another user who is on the device now', async () => {
    await install('sound', 'rev_sound');
    await early('First');
    await processor.step();
    await identify('m2', { userId: 'V', anonymousId: 'A' });
    await processor.step();
    expect(await mapped()).toEqual(['identify']);
    expect(await verdicts()).toMatchObject({ 'First pi_sound': 'parked NO_EMAIL' });
    await identify('m3', { userId: 'U' });
    await processor.step();
    expect(await mapped()).toEqual(['identify', 'identify', 'First']);
  });
});

describe('a disk that fails', () => {
  it('is asked again once in a while, however many events come in', async () => {
    failure = new Error('disk full');
    processor.start();
    await time.runUntil(START_MS + 10);
    for (let n = 0; n < 20; n += 1) {
      await send(`m${n}`);
      await time.runUntil(START_MS + 20 + n);
    }
    expect(reads).toBe(1);
    failure = undefined;
    await time.runUntil(START_MS + 1_500);
    await expect.poll(() => store.steps.cursor()).toBe(20);
    const stopped = processor.stop();
    await time.runUntil(START_MS + 5_000);
    await stopped;
  });
});

describe('a wave of visitors whose addresses become known', () => {
  const waits = (visitor: string, count: number) =>
    Array.from({ length: count }, (_, index) =>
      newEvent(`${visitor}-${index}`, {
        userId: visitor,
        properties: { text: 'x'.repeat(800) },
        context: YES,
      }),
    );
  const known = (visitor: string) =>
    newEvent(`${visitor}-known`, {
      type: 'identify',
      userId: visitor,
      traits: { email: `${visitor}@example.com` },
      context: YES,
    });
  const drain = async (): Promise<void> => {
    loaded = [];
    while (((await processor.step()) ?? 1) > 0);
    loaded.pop();
  };
  /** Who the deliveries are about, in the order in which they leave, with the number of the event's position. */
  const leaving = async (): Promise<string[]> => {
    const { data } = await store.reads.deliveries({}, 100);
    return [...data].reverse().map(({ contacts, seq }) => `${contacts[0]} ${seq}`);
  };

  it('is worked in steps that read no more than their bounds, in rows and in bytes, and keeps its order', async () => {
    await install('sound', 'rev_sound');
    const visitors = Array.from({ length: 12 }, (_, index) => `v${index}`);
    await store.log.append(visitors.flatMap((visitor) => waits(visitor, 4)));
    await drain();
    for (const { bytes } of loaded) expect(bytes).toBeLessThanOrEqual(20_000 + 1_500);
    await store.log.append(visitors.map(known));
    await drain();
    // Ten released at most are those of two visitors.
    expect(loaded).toHaveLength(6);
    for (const { events, bytes } of loaded) {
      expect(events).toBeLessThanOrEqual(visitors.length + 10);
      expect(bytes).toBeLessThanOrEqual(2 * 20_000);
    }
    expect(await leaving()).toEqual(
      visitors.flatMap((visitor, index) =>
        [49 + index, ...[1, 2, 3, 4].map((nth) => index * 4 + nth)].map(
          (seq) => `${visitor}@example.com ${seq}`,
        ),
      ),
    );
  });

  it('lets one visitor with more than that through, with nobody else who releases anything', async () => {
    await install('sound', 'rev_sound');
    await store.log.append([...waits('few', 2), ...waits('many', 30)]);
    await drain();
    await store.log.append([known('few'), known('many'), known('new')]);
    await drain();
    expect(loaded.map(({ events }) => events)).toEqual([3 + 2, 2 + 30]);
    expect(await leaving()).toHaveLength(35);
  });
});
