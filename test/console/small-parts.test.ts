/** Holds the console's small pure parts to their tables: settings, filters, addresses, cURL, counts, times, undo. */
import { describe, expect, it } from 'vitest';
import type { ConfigField, Delivery, ReceivedEvent } from '../../src/console/api/answers.ts';
import {
  asSentence,
  configOf,
  formValues,
  groupFields,
  missingValues,
  problemsByField,
} from '../../src/console/config-values.ts';
import { curlOf } from '../../src/console/curl.ts';
import { outcomesOf } from '../../src/console/event-outcomes.ts';
import { deliveryFilter, eventFilter, fitsDelivery, fitsEvent } from '../../src/console/filters.ts';
import { mayMapAnew, missedEvents } from '../../src/console/missed-events.ts';
import { relativeTime, roughDuration } from '../../src/console/moments.ts';
import { createDelayedDelete, UNDO_MS } from '../../src/console/pages/integrations/delayed-delete.ts';
import { placeOf, ROUTES, to } from '../../src/console/routes.ts';
import { budgetShare, roundAbove, totalsOf, wholeBuckets } from '../../src/console/stats.ts';
import { REASONS, reasonOf, sentenceCase } from '../../src/console/words.ts';
import { OUTCOME_CODES } from '../../src/event/outcome.ts';

const field = (key: string, changes: Partial<ConfigField> = {}): ConfigField => ({
  key,
  label: key.toUpperCase(),
  type: 'string',
  required: false,
  ...changes,
});

describe('settings in a form', () => {
  const fields = [
    field('api_url', { required: true }),
    field('api_key', { required: true, type: 'secret' }),
    field('actid'),
    field('categories', { type: 'list', default: ['marketing'] }),
    field('format', { type: 'select', default: 'pairs' }),
    field('create', { type: 'boolean', default: false }),
    field('size', { type: 'integer' }),
  ];

  it('begin with their defaults, which are not sent', () => {
    const values = formValues(fields);
    expect(values).toMatchObject({ api_url: '', categories: 'marketing', format: 'pairs', create: 'false' });
    expect(configOf(fields, { ...values, api_url: ' https://x ', api_key: 'k' })).toEqual({
      api_url: 'https://x',
      api_key: 'k',
    });
  });

  it('are sent as their kinds', () => {
    const values = { ...formValues(fields), categories: 'a, b,', create: 'true', size: '12', actid: '1' };
    expect(configOf(fields, values)).toEqual({ categories: ['a', 'b'], create: true, size: 12, actid: '1' });
    expect(configOf(fields, { ...values, categories: '' })['categories']).toEqual([]);
  });

  it('keep a secret by its mask, and what was set before even at its default', () => {
    const former = { api_url: 'https://x', api_key: '***', format: 'pairs' };
    expect(configOf(fields, formValues(fields, former), former)).toEqual(former);
  });

  it('name what is missing and put problems beside their inputs', () => {
    expect(missingValues(fields, formValues(fields))).toEqual({
      api_url: 'API_URL is needed.',
      api_key: 'API_KEY is needed.',
    });
    const details = [
      { path: 'config.api_url', message: 'must be an https address' },
      { path: 'config.categories.0', message: 'is empty' },
      { path: 'name', message: 'is taken' },
    ];
    expect(problemsByField(details)).toEqual({
      api_url: 'This must be an https address.',
      categories: 'This is empty.',
      name: 'This is taken.',
    });
    expect(asSentence('the host is unknown')).toBe('The host is unknown.');
  });

  it('show first what one must think about', () => {
    const { main, more } = groupFields(fields);
    expect(main.map(({ key }) => key)).toEqual(['api_url', 'api_key', 'actid']);
    expect(more.map(({ key }) => key)).toEqual(['categories', 'format', 'create', 'size']);
  });
});

describe('what became of an event', () => {
  const verdict = {
    pipeline_integration_id: 'pi_1',
    state: 'mapped',
    detail: {
      rules: [
        { rule: 'Order Completed', outcome: 'operation', action: 'trackEvent' },
        { rule: 'Order Completed/1', outcome: 'invalid', code: 'PAYLOAD_INVALID' },
        { rule: 'Order Completed/2', outcome: 'skipped', code: 'CONDITION_NOT_MET' },
      ],
    },
  } as const;
  const delivery = {
    id: 'dlv_1',
    event_id: 'evt_1',
    event_name: 'x',
    pipeline_integration_id: 'pi_1',
    integration_id: 't',
    revision_id: 'r',
    revision_number: 1,
    rule: 'Order Completed',
    action: 'trackEvent',
    contacts: ['jane@example.com'],
    state: 'delivered',
    attempts: 1,
    enqueued_at: '2026-01-31T12:00:00.000Z',
  } as const;
  const chips = (changes: Pick<ReceivedEvent, 'verdicts' | 'deliveries'>): readonly string[] =>
    outcomesOf({
      id: 'evt_1',
      seq: 1,
      pipeline_id: 'p',
      type: 'track',
      message_id: 'm',
      timestamp: '2026-01-31T12:00:00.000Z',
      received_at: '2026-01-31T12:00:00.000Z',
      payload: {},
      ...changes,
    }).map(({ tone, text }) => `${tone} ${text}`);

  it('shows a refused rule beside the delivery of another, and before there is any', () => {
    const refused = 'bad Invalid: mapping does not fit';
    expect(chips({ verdicts: [verdict], deliveries: [delivery] })).toEqual(['good Delivered', refused]);
    expect(chips({ verdicts: [verdict], deliveries: [] })).toEqual(['info Mapped', refused]);
  });

  it('is the reason alone where nothing was made of it', () => {
    const invalid = { ...verdict, state: 'invalid', code: 'PAYLOAD_INVALID' } as const;
    expect(chips({ verdicts: [invalid], deliveries: [] })).toEqual(['bad Mapping does not fit']);
  });
});

describe('events that can be mapped anew', () => {
  const partly = { rules: [{ outcome: 'operation' }, { outcome: 'invalid' }] };
  it.each([
    ['invalid', undefined, true],
    ['skipped', undefined, true],
    ['expired', undefined, true],
    ['dropped', undefined, true],
    ['filtered', undefined, false],
    ['parked', undefined, false],
    ['mapped', { rules: [{ outcome: 'operation' }, { outcome: 'skipped' }] }, false],
    ['mapped', partly, true],
    [
      'mapped',
      { rules: [{ outcome: 'operation' }, { outcome: 'skipped', code: 'ACTION_UNAVAILABLE' }] },
      true,
    ],
  ] as const)('one that is %s, %j: %s', (state, detail, expected) => {
    expect(mayMapAnew({ state, ...(detail === undefined ? {} : { detail }) })).toBe(expected);
  });

  it('are all that a filter names, where a replay knows every member of it', () => {
    const all = { status: 'invalid', event: 'Order Completed', since: '2026-01-01T00:00:00Z' };
    expect(missedEvents(all)).toEqual({ filter: all });
    expect(missedEvents({})).toBeUndefined();
    expect(missedEvents({ status: 'mapped' })).toBeUndefined();
    for (const more of [{ q: 'Order' }, { type: 'track' }, { user: 'u' }])
      expect(missedEvents({ ...all, ...more })).toBeUndefined();
  });
});

describe('filters', () => {
  const event = (changes: Partial<ReceivedEvent>): ReceivedEvent => ({
    id: 'evt_1',
    seq: 1,
    pipeline_id: 'p',
    type: 'track',
    event: 'Order Completed',
    message_id: 'm',
    user_id: 'u1',
    email: 'jane@example.com',
    timestamp: '2026-01-31T12:00:00.000Z',
    received_at: '2026-01-31T12:00:00.000Z',
    verdicts: [{ pipeline_integration_id: 'pi_1', state: 'mapped' }],
    deliveries: [],
    payload: {},
    ...changes,
  });

  it('take from the address only what the API knows', () => {
    expect(eventFilter({ type: 'page', view: 'x', email: '' })).toEqual({ type: 'page' });
    expect(deliveryFilter({ status: 'dead', q: 'x' })).toEqual({ status: 'dead' });
  });

  it.each([
    [{}, true],
    [{ type: 'page' }, false],
    [{ q: 'order' }, true],
    [{ q: 'Completed' }, false],
    [{ q: 'u1' }, true],
    [{ q: 'JANE@example.com' }, true],
    [{ q: 'jane' }, false],
    [{ event: 'Order Completed', user: 'u1' }, true],
    [{ email: ' Jane@Example.com' }, true],
    [{ email: 'joe@example.com' }, false],
    [{ status: 'mapped' }, true],
    [{ status: 'dead' }, false],
    [{ integration_id: 'pi_2' }, false],
    [{ since: '2026-01-31T12:00:00.001Z' }, false],
    [{ since: '2026-01-31T12:00:00.000Z' }, true],
  ])('judge an event of the stream by %j', (filter, fits) => {
    expect(fitsEvent(event({}), filter)).toBe(fits);
  });

  it('judge a delivery of the stream', () => {
    const delivery: Delivery = {
      id: 'dlv_1',
      event_id: 'evt_1',
      event_name: 'x',
      pipeline_integration_id: 'pi_1',
      integration_id: 't',
      revision_id: 'r',
      revision_number: 1,
      rule: 'x',
      action: 'trackEvent',
      contacts: ['jane@example.com'],
      state: 'dead',
      code: 'REJECTED',
      attempts: 1,
      enqueued_at: '2026-01-31T12:00:00.000Z',
    };
    expect(fitsDelivery(delivery, { status: 'dead', code: 'REJECTED', email: 'JANE@example.com' })).toBe(
      true,
    );
    expect(fitsDelivery(delivery, { status: 'held' })).toBe(false);
    expect(fitsDelivery(delivery, { action: 'syncContact' })).toBe(false);
  });
});

describe('addresses', () => {
  it('lead back to the page they were made for', () => {
    for (const name of Object.keys(ROUTES)) {
      const known = placeOf(to(name === 'event' ? 'event' : 'overview', { id: 'a/b?c' }));
      expect(known).toBeDefined();
    }
    expect(placeOf(to('event', { id: 'a/b?c' }))).toEqual({ name: 'event', params: { id: 'a/b?c' } });
    expect(to('deliveries', {}, { status: 'dead', code: undefined })).toBe('/deliveries?status=dead');
    expect(placeOf('/nowhere')).toBeUndefined();
    expect(placeOf('/events/%E0%A4%A')).toEqual({ name: 'event', params: { id: '%E0%A4%A' } });
  });
});

describe('a request as cURL', () => {
  it('puts names in place of secrets and escapes for a shell', () => {
    const text = curlOf({
      method: 'POST',
      url: 'https://trackcmp.net/event',
      headers: { 'api-token': '***', 'content-length': '5', accept: 'text/plain' },
      body: "actid=1&key=***&event=it's",
    });
    expect(text).toBe(
      [
        "curl -X POST 'https://trackcmp.net/event'",
        "-H 'api-token: YOUR_API_TOKEN'",
        "-H 'accept: text/plain'",
        "--data-raw 'actid=1&key=YOUR_KEY&event=it'\\''s'",
      ].join(' \\\n  '),
    );
    expect(curlOf({ method: 'POST', url: 'https://x', body: '{"api_key": "***"}' })).toContain(
      '"api_key": "YOUR_API_KEY"',
    );
  });
});

describe('counts over time', () => {
  it('have a bucket for every stretch, also where nothing happened', () => {
    const given = [
      {
        from: '2026-01-31T12:01:00.000Z',
        received: 3,
        verdicts: { mapped: 2 },
        deliveries: { delivered: 2 },
      },
    ];
    const since = Date.UTC(2026, 0, 31, 12, 0);
    const buckets = wholeBuckets(given, since, 60, since + 2.5 * 60_000);
    expect(buckets.map(({ received }) => received)).toEqual([0, 3, 0]);
    expect(totalsOf([...buckets, ...given])).toMatchObject({
      received: 6,
      verdicts: { mapped: 4, dropped: 0 },
      deliveries: { delivered: 4, dead: 0 },
    });
  });

  it.each([
    [0, 1],
    [1, 1],
    [3, 5],
    [5.1, 10],
    [17, 20],
    [4_999, 5_000],
  ])('round the axis for %d up to %d', (value, top) => expect(roundAbove(value)).toBe(top));

  it('are a share of what the account allows', () => expect(budgetShare(150, 60, 5)).toBe(0.5));
});

describe('words', () => {
  it('has a heading and a remedy for every reason code, and none besides', () => {
    expect(Object.keys(REASONS).sort()).toEqual(Object.keys(OUTCOME_CODES).sort());
  });

  it('reads codes and slugs that are not in the tables yet', () => {
    expect(reasonOf('SOMETHING_NEW')).toEqual({ title: 'Something new', remedy: { does: 'nothing' } });
    expect(sentenceCase('syncContact')).toBe('Sync contact');
  });

  it.each([
    [0, 'just now'],
    [-42_000, '42 s ago'],
    [300_000, 'in 5 min'],
    [-3 * 3_600_000, '3 h ago'],
  ])('tells the time %d ms from now as %s', (distance, text) => {
    const now = Date.UTC(2026, 0, 31, 12);
    expect(relativeTime(now + distance, now)).toBe(text);
  });

  it('tells durations in one unit', () => {
    expect([12, 59_999, 3_599_999, 90_000_000].map(roughDuration)).toEqual([
      '12 ms',
      '59 s',
      '59 min',
      '1 d',
    ]);
  });
});

describe('deleting with undo', () => {
  function deletion() {
    const sent: [string, boolean][] = [];
    const timers: { readonly delayMs: number; run: (() => void) | undefined }[] = [];
    const delayed = createDelayedDelete({
      send: (id, leaving) => void sent.push([id, leaving]),
      after: (delayMs, run) => {
        const timer: { readonly delayMs: number; run: (() => void) | undefined } = { delayMs, run };
        timers.push(timer);
        return () => {
          timer.run = undefined;
        };
      },
    });
    return { delayed, sent, timers };
  }

  it('sends only after the time for undoing is over', () => {
    const { delayed, sent, timers } = deletion();
    delayed.start('a');
    delayed.start('a');
    expect([...delayed.waiting()]).toEqual(['a']);
    expect(timers.map(({ delayMs }) => delayMs)).toEqual([UNDO_MS]);
    expect(sent).toEqual([]);
    timers[0]?.run?.();
    expect(sent).toEqual([['a', false]]);
    expect(delayed.undo('a')).toBe(false);
  });

  it('sends nothing when it is undone', () => {
    const { delayed, sent, timers } = deletion();
    delayed.start('a');
    expect(delayed.undo('a')).toBe(true);
    timers[0]?.run?.();
    delayed.flush();
    expect(sent).toEqual([]);
    expect(delayed.waiting().size).toBe(0);
  });

  it('sends at once when the page goes away', () => {
    const { delayed, sent } = deletion();
    delayed.start('a');
    delayed.flush();
    expect(sent).toEqual([['a', true]]);
  });
});
