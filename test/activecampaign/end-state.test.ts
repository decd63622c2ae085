/** Whatever mix of actions, faults and interleaving: the account ends as the same actions, one by one and without faults, leave it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { poll } from '../../src/destination/dispatch.ts';
import type { Outcome } from '../../src/event/outcome.ts';
import type { FaultRule } from '../../src/sandbox/index.ts';
import { type World, world } from './world.ts';

/** Each person goes by two addresses, so that addresses change hands within a person and never between two. */
const PEOPLE = ['a', 'b', 'c'];
const ADDRESSES = (person: string): readonly [string, string] => [`${person}@x.org`, `${person}2@x.org`];
const TAGS = ['red', 'Red', 'blue'];
const LISTS = ['News', 'Sale'];
const AUTOMATIONS = ['Welcome', 'Win back'];

interface Step {
  readonly action: string;
  readonly payload: object;
  /** `both`: the payload changes the first address to the second. */
  readonly address?: 'second' | 'both';
}

const someOf = <T>(items: readonly T[]) => fc.subarray([...items], { minLength: 1 });
const name = fc.constantFrom('Jane', 'Joan');
const tier = fc.constantFrom({ tier: 'gold' }, { TIER: 'silver' });
const memberships = { tags: someOf(TAGS), lists: someOf(LISTS) };
const address = fc.constantFrom<Step['address']>(undefined, undefined, 'second');
const updates = fc
  .record(
    {
      firstName: fc.option(name),
      lastName: fc.option(name),
      fields: fc.oneof(tier, fc.constant({ Tier: null })),
      ...memberships,
    },
    { requiredKeys: [] },
  )
  .map((payload) => ({ action: 'syncContact', payload }));
/** What an import takes: values, no clearing. */
const imports = fc
  .record({ firstName: name, lastName: name, fields: tier, ...memberships }, { requiredKeys: [] })
  .map((payload) => ({ action: 'import', payload }));
const changes = name.map((firstName) => ({
  action: 'syncContact',
  payload: { firstName },
  address: 'both' as const,
}));
const tagging = fc
  .record({ action: fc.constantFrom('addTags', 'addTags', 'removeTags', 'setTags'), tags: someOf(TAGS) })
  .map(({ action, tags }) => ({ action, payload: { tags } }));
const lists = fc
  .record({ action: fc.constantFrom('subscribe', 'unsubscribe', 'resubscribe'), lists: someOf(LISTS) })
  .map(({ action, lists: named }) => ({ action, payload: { lists: named } }));
const automations = fc
  .record({
    action: fc.constantFrom('addToAutomation', 'removeFromAutomation'),
    automation: fc.constantFrom(...AUTOMATIONS),
  })
  .map(({ action, automation }) => ({ action, payload: { automation } }));
const ids = fc.constantFrom('1', '2');
const amount = fc.constantFrom(10, 20.5);
const orders = fc.oneof(
  fc.tuple(ids, amount, fc.boolean()).map(([id, total, hasCart]) => ({
    action: 'recordOrder',
    payload: {
      orderId: id,
      ...(hasCart ? { checkoutId: id } : {}),
      total,
      currency: 'EUR',
      createdAt: '2026-01-31',
    },
  })),
  fc.tuple(ids, amount).map(([id, total]) => ({
    action: 'recordCart',
    payload: { checkoutId: id, total, currency: 'EUR', abandonedAt: '2026-01-30' },
  })),
  ids.map((id) => ({ action: 'refundOrder', payload: { orderId: id } })),
);
const others = fc.oneof(
  fc
    .record({ name: fc.constantFrom('Acme', 'Other'), jobTitle: fc.constantFrom('Boss', 'Chair') })
    .map((payload) => ({ action: 'setAccount', payload })),
  fc.constant({ action: 'addNote', payload: { note: 'n' } }),
  fc.constantFrom('viewed', 'bought').map((event) => ({ action: 'trackEvent', payload: { event } })),
  fc.constant({ action: 'deleteContact', payload: {} }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc
      .tuple(
        fc.oneof(
          { weight: 3, arbitrary: updates },
          { weight: 1, arbitrary: imports },
          { weight: 4, arbitrary: tagging },
          { weight: 3, arbitrary: lists },
          { weight: 2, arbitrary: automations },
          { weight: 3, arbitrary: others },
          { weight: 2, arbitrary: orders },
        ),
        address,
      )
      .map(([one, place]) => (place === undefined ? one : { ...one, address: place })),
  },
  { weight: 1, arbitrary: changes },
);
const job = fc.record({ person: fc.constantFrom(...PEOPLE), step });

/** Calls that may be repeated: after a fault on them nobody needs to know whether they arrived. */
const REPEATABLE = [
  { path: '/api/3/contact/sync' },
  { path: '/api/3/contactTags' },
  { path: '/api/3/contactLists' },
  { path: '/api/3/tags' },
  { path: '/api/3/accounts' },
  { path: '/api/3/accountContacts' },
  { path: '/api/3/import/bulk_import' },
  { path: '/api/3/connections' },
  { path: '/api/3/ecomCustomers' },
  { path: '/api/3/ecomOrders' },
  { method: 'GET' },
  { method: 'PUT' },
  { method: 'DELETE' },
];
const UNSURE: readonly FaultRule['respond'][] = [
  'drop',
  'drop_after_write',
  { status: 500 },
  { status: 502, body: '<html></html>' },
  { status: 408 },
  'empty_200',
  'truncated_200',
];
/** Everybody knows that nothing was done. */
const REFUSALS: readonly FaultRule['respond'][] = [
  { status: 429, headers: { 'retry-after': '2' } },
  { status: 429 },
  { status: 503 },
  { status: 403 },
  { status: 423 },
];
const fault: fc.Arbitrary<FaultRule> = fc.oneof(
  fc.constantFrom(...REFUSALS).map((respond) => ({ times: 1, respond })),
  fc
    .tuple(fc.constantFrom(...REPEATABLE), fc.constantFrom(...UNSURE))
    .map(([where, respond]) => ({ times: 1, ...where, respond })),
);

async function furnished(): Promise<World> {
  const w = await world({ settings: { bulk_import_ms: 0, bulk_requests_per_minute: 0 } });
  await w.api('POST', '/fields', { field: { title: 'Tier', type: 'text' } });
  await w.seed({ automations: AUTOMATIONS });
  for (const list of LISTS)
    await w.api('POST', '/lists', {
      list: { name: list, stringid: list, sender_url: 'https://x.example', sender_reminder: 'x' },
    });
  return w;
}

const SETTLED: readonly Outcome['kind'][] = ['delivered', 'rejected'];

/** What a step sends, with the address it is about. Ids at the shop are each person's own. */
function payloadOf(person: string, { payload: given, address: place }: Step): { readonly email: string } {
  const [first, second] = ADDRESSES(person);
  const named = Object.entries(given).map(([key, value]) => [key, /Id$/.test(key) ? person + value : value]);
  const payload = Object.fromEntries('total' in given ? [...named, ['customerId', person]] : named);
  if (place === 'both') return { ...payload, email: second, ...{ previousEmail: first } };
  return { ...payload, email: place === 'second' ? second : first };
}

/** As delivery would: again while it is a retry or a pause. */
async function deliver(w: World, person: string, next: Step, settings: object = {}): Promise<void> {
  const action = next.action === 'import' ? 'syncContact' : next.action;
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const { outcomes, error } = await w.run(action, payloadOf(person, next), settings);
    if (error !== undefined) throw error;
    const [outcome] = outcomes;
    if (outcome !== undefined && SETTLED.includes(outcome.kind)) return;
    if (outcome?.kind === 'unknown' || outcome?.kind === 'stop')
      throw new Error(`${action}: ${JSON.stringify(outcome)}`);
  }
  throw new Error(`${action} did not settle.`);
}

/** Hands the step over as an import of two contacts and waits for it; what it does not take goes by itself. */
async function deliverByImport(w: World, person: string, next: Step): Promise<void> {
  const payloads = [payloadOf(person, next), { email: `beside-${person}@x.org` }];
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const { submitted } = await w.runAll('syncContact', payloads);
    if (submitted === undefined) continue;
    const { pending, outcomes } = await poll({
      ...w.environment(),
      action: 'syncContact',
      batchId: submitted.batchId,
      payloads,
    });
    const outcome = submitted.refused.get(0) ?? outcomes[0];
    if (!pending && outcome?.kind === 'delivered') return;
    if (!pending && outcome?.kind === 'retry') return deliver(w, person, next);
  }
  throw new Error('The import did not settle.');
}

const links = z.object({
  accountContacts: z.array(z.object({ account: z.string(), contact: z.string(), jobTitle: z.string() })),
});
const companies = z.object({ accounts: z.array(z.object({ id: z.string(), name: z.string() })) });
const entries = z.object({ contactAutomations: z.array(z.object({ automation: z.string() })) });

async function endState(w: World): Promise<unknown> {
  w.sandbox.clearFaults();
  const { contacts, events, notes, orders: all, carts } = w.sandbox.account();
  const { accountContacts } = links.parse(await w.api('GET', '/accountContacts?limit=100'));
  const { accounts } = companies.parse(await w.api('GET', '/accounts'));
  return Promise.all(
    PEOPLE.flatMap(ADDRESSES).map(async (email) => {
      const contact = contacts.find((row) => row.email === email);
      if (contact === undefined) return { email };
      const { contactAutomations } = entries.parse(
        await w.api('GET', `/contacts/${contact.id}/contactAutomations?limit=100`),
      );
      return {
        email,
        names: [contact.firstName, contact.lastName],
        fields: contact.fieldValues
          .filter(({ value }) => value !== '')
          .map(({ perstag, value }) => [perstag, value]),
        tags: contact.tags.map((tag) => tag.toLowerCase()).toSorted(),
        lists: contact.lists.map((list) => [list.name, list.status]).toSorted(),
        automations: contactAutomations.map(({ automation }) => automation).toSorted(),
        notes: notes.filter(({ relid }) => relid === contact.id).length,
        accounts: accountContacts
          .filter((link) => link.contact === contact.id)
          .map((link) => [accounts.find(({ id }) => id === link.account)?.name, link.jobTitle]),
        orders: [...all, ...carts]
          .filter((order) => order.email === email)
          .map(({ externalid, externalcheckoutid, state, total }) => [
            externalid,
            externalcheckoutid,
            state,
            total,
          ])
          .toSorted(),
        events: events.filter((event) => event.email === email).map(({ event }) => event),
      };
    }),
  );
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
        await (next.action === 'import' ? deliverByImport : deliver)(w, person, next);
    }),
  );
  return endState(w);
}

describe('the end state', () => {
  it('is the one of the same actions one by one without faults', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(job, { minLength: 1, maxLength: 50, size: 'max' }),
        fc.array(fault, { maxLength: 12 }),
        async (jobs, faults) => {
          expect(await together(jobs, faults)).toEqual(await alone(jobs));
        },
      ),
      { numRuns: 12 },
    );
  });
});
