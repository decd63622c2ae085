/** Whatever mix of actions, faults and interleaving: the account ends as the same actions, one by one and without faults, leave it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../src/event/outcome.ts';
import type { FaultRule } from '../../src/sandbox/index.ts';
import { type World, world } from './world.ts';

const PEOPLE = ['a@x.org', 'b@x.org'];
const TAGS = ['red', 'Red', 'blue'];
const LISTS = ['News', 'Sale'];

interface Step {
  readonly action: string;
  readonly payload: object;
}

const someOf = <T>(items: readonly T[]) => fc.subarray([...items], { minLength: 1 });
const name = fc.constantFrom('Jane', 'Joan', null, undefined);
const updates = fc
  .record(
    {
      firstName: name,
      lastName: name,
      fields: fc.constantFrom(undefined, { tier: 'gold' }, { TIER: 'silver' }, { Tier: null }),
    },
    { requiredKeys: [] },
  )
  .map((payload) => ({ action: 'syncContact', payload }));
const tagging = fc
  .record({ action: fc.constantFrom('addTags', 'addTags', 'removeTags', 'setTags'), tags: someOf(TAGS) })
  .map(({ action, tags }) => ({ action, payload: { tags } }));
const lists = fc
  .record({ action: fc.constantFrom('subscribe', 'unsubscribe', 'resubscribe'), lists: someOf(LISTS) })
  .map(({ action, lists: named }) => ({ action, payload: { lists: named } }));
const others = fc.oneof(
  fc.constantFrom('Acme', 'Other').map((company) => ({ action: 'setAccount', payload: { name: company } })),
  fc.constant({ action: 'addNote', payload: { note: 'n' } }),
  fc.constantFrom('viewed', 'bought').map((event) => ({ action: 'trackEvent', payload: { event } })),
  fc.constant({ action: 'deleteContact', payload: {} }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 3, arbitrary: updates },
  { weight: 5, arbitrary: tagging },
  { weight: 3, arbitrary: lists },
  { weight: 2, arbitrary: others },
);
const job = fc.record({ person: fc.constantFrom(...PEOPLE), step });

/** Faults after which everybody knows that nothing was done, or that may be repeated. Those that leave it unknown come on repeatable calls only. */
const fault = fc.constantFrom<FaultRule[]>(
  { times: 1, respond: { status: 429, headers: { 'retry-after': '2' } } },
  { times: 1, respond: { status: 503 } },
  { times: 1, respond: { status: 403 } },
  { times: 1, path: '/api/3/contact/sync', respond: 'drop_after_write' },
  { times: 1, path: '/api/3/contactTags', respond: 'drop_after_write' },
  { times: 1, path: '/api/3/contactLists', respond: 'drop_after_write' },
  { times: 1, path: '/api/3/contact/sync', respond: { status: 500 } },
  { times: 1, path: '/api/3/tags', respond: { status: 502 } },
  { times: 1, method: 'GET', respond: 'drop' },
);

async function furnished(): Promise<World> {
  const w = await world();
  await w.api('POST', '/fields', { field: { title: 'Tier', type: 'text' } });
  for (const list of LISTS)
    await w.api('POST', '/lists', {
      list: { name: list, stringid: list, sender_url: 'https://x.example', sender_reminder: 'x' },
    });
  return w;
}

const SETTLED: readonly Outcome['kind'][] = ['delivered', 'rejected'];

/** As delivery would: again while it is a retry or a pause. */
async function deliver(
  w: World,
  person: string,
  { action, payload }: Step,
  settings: object = {},
): Promise<void> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const { outcomes, error } = await w.run(action, { email: person, ...payload }, settings);
    if (error !== undefined) throw error;
    const [outcome] = outcomes;
    if (outcome !== undefined && SETTLED.includes(outcome.kind)) return;
    if (outcome?.kind === 'unknown' || outcome?.kind === 'stop')
      throw new Error(`${action}: ${JSON.stringify(outcome)}`);
  }
  throw new Error(`${action} did not settle.`);
}

function endState(w: World): unknown {
  const { contacts, events } = w.sandbox.account();
  return PEOPLE.map((email) => {
    const contact = contacts.find((row) => row.email === email);
    return {
      email,
      contact: contact && {
        names: [contact.firstName, contact.lastName],
        fields: contact.fieldValues
          .filter(({ value }) => value !== '')
          .map(({ perstag, value }) => [perstag, value]),
        tags: contact.tags.map((tag) => tag.toLowerCase()).toSorted(),
        lists: contact.lists.map((list) => [list.name, list.status]).toSorted(),
      },
      events: events.filter((event) => event.email === email).map(({ event }) => event),
    };
  });
}

/** One by one, without faults, and without leaving anything out: so that what is left out is held to change nothing. */
async function alone(jobs: readonly { person: string; step: Step }[]): Promise<unknown> {
  const w = await furnished();
  for (const { person, step: next } of jobs) await deliver(w, person, next, { skip_unchanged: false });
  return endState(w);
}

async function together(
  jobs: readonly { person: string; step: Step }[],
  faults: readonly FaultRule[],
): Promise<unknown> {
  const w = await furnished();
  w.sandbox.faults(faults);
  await Promise.all(
    PEOPLE.map(async (person) => {
      for (const { step: next } of jobs.filter((one) => one.person === person))
        await deliver(w, person, next);
    }),
  );
  return endState(w);
}

describe('the end state', () => {
  it('is the one of the same actions one by one without faults', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(job, { minLength: 1, maxLength: 40, size: 'max' }),
        fc.array(fault, { maxLength: 6 }),
        async (jobs, faults) => {
          expect(await together(jobs, faults)).toEqual(await alone(jobs));
        },
      ),
      { numRuns: 20 },
    );
  }, 120_000);
});
