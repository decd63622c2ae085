/**
 * How fast mappings run: against the peer in this process, interleaved, and how slow the worst of them get.
 * Run with `npx tsx bench/mapping.ts`. It must not know anything but public functions.
 */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { compileBlueprint } from '../src/blueprint/index.ts';
import { compile, transform } from '../src/blueprint/mapping-kit.ts';
import { ACTIONS } from '../test/blueprint/actions.ts';
import { WORST_CASES } from './worst-mappings.ts';

const ROUNDS = 9;
const EVENT_BYTES = 32_768;

/** The peer is a CommonJS package whose types ask for more than it ships. */
const peer: { transform(mapping: unknown, data: unknown): unknown } = createRequire(import.meta.url)(
  '@segment/actions-core',
);

const event = {
  type: 'track',
  event: 'Order Completed',
  userId: 'user-123',
  anonymousId: 'anon-1',
  messageId: 'm-1',
  timestamp: '2025-01-02T03:04:05.678Z',
  context: {
    traits: { email: 'jane@example.com', first_name: 'Jane', last_name: 'Doe', phone: '+15551234567' },
    page: { url: 'https://shop.example.com/checkout', title: 'Checkout', referrer: '' },
    consent: { categoryPreferences: { marketing: true } },
  },
  properties: {
    order_id: 'o-991',
    revenue: 129.95,
    currency: 'USD',
    coupon: null,
    products: [
      { product_id: 'p1', name: 'Sweater', price: 49.95, quantity: 1 },
      { product_id: 'p2', name: 'Hat', price: 40, quantity: 2 },
    ],
  },
  traits: {},
};

const choice = (test: 'exists' | 'blank', path: string, otherwise: unknown): unknown => ({
  '@if': Object.fromEntries([
    [test, { '@path': path }],
    ['then', { '@path': path }],
    ['else', otherwise],
  ]),
});

const tenFields = {
  email: choice('exists', '$.traits.email', { '@path': '$.context.traits.email' }),
  firstName: { '@path': '$.context.traits.first_name' },
  lastName: { '@path': '$.context.traits.last_name' },
  phone: { '@path': '$.context.traits.phone' },
  event: { '@path': '$.event' },
  order_id: { '@path': '$.properties.order_id' },
  revenue: { '@path': '$.properties.revenue' },
  summary: { '@template': '{{properties.order_id}}: {{properties.revenue}} {{properties.currency}}' },
  url: { '@template': '{{context.page.url}}?ref={{context.page.referrer}}' },
  coupon: choice('blank', '$.properties.coupon', 'none'),
};
const withItems = {
  ...tenFields,
  items: {
    '@arrayPath': [
      '$.properties.products',
      {
        id: { '@path': '$.product_id' },
        name: { '@path': '$.name' },
        price: { '@path': '$.price' },
        qty: { '@path': '$.quantity' },
      },
    ],
  },
};

const median = (values: number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

/** Microseconds of processor time a call, over that many calls: waiting for a busy machine does not count. */
function time(run: () => unknown, calls: number): number {
  const before = process.cpuUsage();
  for (let call = 0; call < calls; call++) run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / calls;
}

/** Medians of each, measured in turns so that other load on the machine meets all alike. */
function interleaved(candidates: Record<string, () => unknown>, calls: number): Record<string, number> {
  const samples = new Map(Object.keys(candidates).map((name) => [name, [] as number[]]));
  for (const run of Object.values(candidates)) time(run, calls);
  for (let round = 0; round < ROUNDS; round++)
    for (const [name, run] of Object.entries(candidates)) samples.get(name)?.push(time(run, calls));
  return Object.fromEntries([...samples].map(([name, values]) => [name, median(values)]));
}

function compare(title: string, mapping: unknown): void {
  const compiled = compile(mapping);
  const same = JSON.stringify(compiled(event)) === JSON.stringify(peer.transform(mapping, event));
  if (!same) throw new Error(`${title}: the two engines disagree, so their times say nothing.`);
  const found = interleaved(
    {
      ours: () => compiled(event),
      theirs: () => peer.transform(mapping, event),
      uncompiled: () => transform(mapping, event),
    },
    20_000,
  );
  const { ours = Number.NaN, theirs = Number.NaN, uncompiled = Number.NaN } = found;
  const ratio = (theirs / ours).toFixed(1);
  console.log(
    `${title}: ours ${ours.toFixed(2)} µs, @segment/actions-core ${theirs.toFixed(2)} µs, ratio ${ratio} (compiling each time: ${uncompiled.toFixed(2)} µs)`,
  );
}

function blueprint(): void {
  const file = new URL('../blueprints/activecampaign/default.json', import.meta.url);
  const document: unknown = JSON.parse(readFileSync(file, 'utf8'));
  const plan = compileBlueprint(document, { actions: ACTIONS });
  const known = { email: 'jane@example.com', consent: { marketing: true } };
  const events = [
    { ...event, ...known },
    { ...event, ...known, type: 'page' },
    { ...event, ...known, type: 'identify', traits: event.context.traits },
    { ...event, ...known, event: 'Something Else' },
  ];
  let turn = 0;
  const found = interleaved(
    {
      evaluate: () => plan.evaluate(events[turn++ % events.length]),
      wants: () => plan.wants(events[turn++ % events.length]),
    },
    50_000,
  );
  const compiling = interleaved({ compile: () => compileBlueprint(document, { actions: ACTIONS }) }, 50);
  console.log(
    `default blueprint: ${found['evaluate']?.toFixed(2)} µs an event, wants ${found['wants']?.toFixed(2)} µs, compile ${((compiling['compile'] ?? 0) / 1000).toFixed(2)} ms`,
  );
}

/** The fastest of several runs of each case counts: compiling and collecting garbage are not the mapping's fault. */
function worst(): void {
  const times = WORST_CASES.map(({ name, mapping, event: huge }) => {
    if (JSON.stringify(huge).length > EVENT_BYTES)
      throw new Error(`${name}: the event is larger than 32 KB.`);
    const run = compile(mapping);
    let outcome = 'finishes';
    const once = (): void => {
      try {
        run(huge);
      } catch {
        outcome = 'is stopped';
      }
    };
    const fastest = Math.min(...Array.from({ length: 8 }, () => time(once, 1) / 1000));
    return { name, fastest, outcome };
  });
  for (const { name, fastest, outcome } of times.toSorted((a, b) => b.fastest - a.fastest))
    console.log(`  ${fastest.toFixed(2)} ms  ${name} (${outcome})`);
}

compare('ten fields', tenFields);
compare('ten fields and a list of two products', withItems);
blueprint();
console.log('worst times for events of 32 KB:');
worst();
