import { describe, expect, it } from 'vitest';
import type { CanonicalEvent } from '../../src/event/canonical-event.ts';
import { type Email, parseEmail } from '../../src/event/email.ts';
import type { JsonObject } from '../../src/event/json.ts';
import type { ActionGate, Integration, Mapper } from '../../src/processing/configuration.ts';
import { type Decisions, decideEvent } from '../../src/processing/decide.ts';
import { PersonBook } from '../../src/processing/person-book.ts';
import type { LoggedEvent } from '../../src/store/ports/event-log.ts';
import type { LedgerSnapshot } from '../../src/store/ports/ledger.ts';

const T0 = Date.parse('2026-01-31T12:00:00.000Z');
const EMPTY: LedgerSnapshot = {
  links: new Map(),
  keysOf: new Map(),
  decisions: new Map(),
  parked: new Map(),
};

let nextSeq = 0;
function logged(event: Partial<CanonicalEvent>): LoggedEvent {
  nextSeq += 1;
  const at = new Date(T0 + nextSeq * 1000).toISOString();
  return {
    seq: nextSeq,
    id: `evt_${nextSeq}`,
    pipelineId: 'pip_1',
    receivedAtMs: Date.parse(at),
    event: {
      type: 'track',
      messageId: `m${nextSeq}`,
      properties: {},
      traits: {},
      context: {},
      timestamp: at,
      receivedAt: at,
      ...event,
    },
  };
}

/** Wants everything but the event "Unwanted"; one rule per event type; the payload carries the address that the runtime knows. */
const mapper: Mapper = {
  wants: (event) => event['event'] !== 'Unwanted',
  evaluate: (input) => ({
    kind: 'evaluated',
    results: [
      {
        outcome: 'operation',
        rule: String(input['event'] ?? input['type']),
        action: input['type'] === 'identify' ? 'sync' : 'record',
        payload: { ...(typeof input['email'] === 'string' ? { email: input['email'] } : {}) } as JsonObject,
      },
    ],
  }),
};
const action: ActionGate = {
  unavailable: undefined,
  contacts: (payload) =>
    [parseEmail(payload['email'])].flatMap((email): Email[] => (email === undefined ? [] : [email])),
  check: (payload) => ({ ok: true, payload }),
};
const integration: Integration = {
  id: 'pi_1',
  templateId: 'tmpl_1',
  revisionId: 'rev_1',
  enabled: true,
  lane: 'acme.example',
  mapper,
  actions: new Map([
    ['sync', action],
    ['record', action],
  ]),
  consentCategories: ['marketing'],
  missingConsent: 'deny',
};

const YES = { consent: { marketing: true } };
const NO = { consent: { marketing: false } };

/** Decides the events in order, as one step would. */
function run(
  events: readonly LoggedEvent[],
  integrations: readonly Integration[] = [integration],
): Decisions & { book: PersonBook } {
  const decisions: Decisions = { verdicts: [], jobs: [], addresses: [] };
  const book = new PersonBook('pip_1', EMPTY);
  const parkedEvents = new Map(events.map((event) => [event.seq, event]));
  const rules = { consentCodeMap: {}, integrationsAt: () => integrations, current: () => integrations };
  const onError = (error: unknown): void => {
    throw error;
  };
  for (const event of events)
    decideEvent(event, { rules, book, parkedEvents, nowMs: T0, parkMs: 1000, onError }, decisions);
  return { ...decisions, book };
}

const said = (decisions: Decisions): string[] =>
  decisions.verdicts.map(({ state, code }) => (code === undefined ? state : `${state} ${code}`));
const left = (decisions: Decisions): string[] =>
  decisions.jobs.map(({ rule, contacts }) => `${rule} -> ${contacts.join('+')}`);

describe('consent', () => {
  it.each([
    ['granted on the event', YES, 'mapped'],
    ['refused on the event', NO, 'filtered CONSENT_DENIED'],
    ['not said anywhere', {}, 'filtered CONSENT_UNKNOWN'],
  ])('%s gives %s', (_name, context, verdict) => {
    expect(
      said(run([logged({ type: 'identify', userId: 'u1', traits: { email: 'a@example.com' }, context })])),
    ).toEqual([verdict]);
  });

  it('unknown is let through where the integration allows it', () => {
    const lenient = { ...integration, missingConsent: 'allow' as const };
    const events = [logged({ type: 'identify', userId: 'u1', traits: { email: 'a@example.com' } })];
    expect(said(run(events, [lenient]))).toEqual(['mapped']);
  });

  it('an event that says nothing takes the newest decision of its visitor', () => {
    const events = [
      logged({
        type: 'identify',
        userId: 'u1',
        anonymousId: 'x',
        traits: { email: 'a@example.com' },
        context: YES,
      }),
      logged({ event: 'Viewed', anonymousId: 'x' }),
      logged({ event: 'Refused', userId: 'u1', context: NO }),
      logged({ event: 'Viewed', anonymousId: 'x' }),
    ];
    expect(said(run(events))).toEqual([
      'mapped',
      'mapped',
      'filtered CONSENT_DENIED',
      'filtered CONSENT_DENIED',
    ]);
  });

  it('an older decision that arrives late does not overrule a newer one', () => {
    const late = logged({ event: 'Late', userId: 'u1', context: NO });
    const early = { ...late, event: { ...late.event, timestamp: new Date(T0 - 60_000).toISOString() } };
    const events = [
      logged({ type: 'identify', userId: 'u1', traits: { email: 'a@example.com' }, context: YES }),
      early,
      logged({ event: 'Viewed', userId: 'u1' }),
    ];
    expect(said(run(events)).at(-1)).toBe('mapped');
  });

  it.each([
    ['more categories than were known', { marketing: true, constructor: true }],
    ['fewer categories than were known', { analytics: true }],
    ['a category with the name of an inherited member', { toString: true }],
  ])('%s: what is older is kept where nothing newer was said', (_name, choices) => {
    const first = logged({ event: 'First', userId: 'u1', context: NO });
    const older = { ...first, event: { ...first.event, timestamp: new Date(T0 - 60_000).toISOString() } };
    const { book } = run([
      logged({ event: 'Now', userId: 'u1', context: { consent: choices } }),
      { ...older, event: { ...older.event, context: { consent: { marketing: false, stats: true } } } },
    ]);
    const known = book.recordedChoices(first.event, undefined);
    expect(known).toEqual({ marketing: false, stats: true, ...choices });
    const written = book.decisions.flatMap(({ decisions }) =>
      Object.entries(decisions).map(([category, { granted }]) => [category, granted]),
    );
    expect(new Map(written as [string, boolean][])).toEqual(new Map(Object.entries(known)));
  });

  it('nothing is asked for an event that no rule wants', () => {
    expect(said(run([logged({ event: 'Unwanted', userId: 'u1' })]))).toEqual(['dropped EVENT_NOT_ENABLED']);
  });
});

describe('identity', () => {
  it('later events of the visitor reach the address that identify gave', () => {
    const events = [
      logged({
        type: 'identify',
        userId: 'u1',
        anonymousId: 'x',
        traits: { email: ' A@Example.com ' },
        context: YES,
      }),
      logged({ event: 'By user', userId: 'u1' }),
      logged({ event: 'By device', anonymousId: 'x' }),
    ];
    expect(left(run(events))).toEqual([
      'identify -> a@example.com',
      'By user -> a@example.com',
      'By device -> a@example.com',
    ]);
  });

  it('a second user on the same device does not inherit the first one’s address', () => {
    const events = [
      logged({
        type: 'identify',
        userId: 'u1',
        anonymousId: 'x',
        traits: { email: 'a@example.com' },
        context: YES,
      }),
      logged({ type: 'identify', userId: 'u2', anonymousId: 'x', traits: {}, context: YES }),
      logged({ event: 'By device', anonymousId: 'x', context: YES }),
      logged({ event: 'By second user', userId: 'u2', anonymousId: 'x', context: YES }),
      logged({ event: 'By first user', userId: 'u1', context: YES }),
    ];
    const decisions = run(events);
    expect(left(decisions)).toEqual(['identify -> a@example.com', 'By first user -> a@example.com']);
    expect(said(decisions).slice(1, 4)).toEqual(['parked NO_EMAIL', 'parked NO_EMAIL', 'parked NO_EMAIL']);
  });

  it('the address of a friend in properties.email is not taken for a known visitor', () => {
    const events = [
      logged({ type: 'identify', userId: 'u1', traits: { email: 'a@example.com' }, context: YES }),
      logged({ event: 'Invited', userId: 'u1', properties: { email: 'friend@example.com' }, context: YES }),
      logged({ event: 'Lead', anonymousId: 'y', properties: { email: 'lead@example.com' }, context: YES }),
    ];
    expect(left(run(events)).slice(1)).toEqual(['Invited -> a@example.com', 'Lead -> lead@example.com']);
  });

  it('alias brings the known address to the new id', () => {
    const events = [
      logged({ type: 'identify', userId: 'u1', traits: { email: 'a@example.com' }, context: YES }),
      logged({ type: 'alias', userId: 'u9', previousId: 'u1', context: YES }),
      logged({ event: 'After', userId: 'u9', context: YES }),
    ];
    expect(left(run(events)).at(-1)).toBe('After -> a@example.com');
  });
});

describe('parking', () => {
  it('events of an unknown visitor wait, and go behind the identify that releases them, in log order', () => {
    const events = [
      logged({ type: 'page', anonymousId: 'x', context: YES }),
      logged({ event: 'Viewed', anonymousId: 'x', context: YES }),
      logged({
        type: 'identify',
        userId: 'u1',
        anonymousId: 'x',
        traits: { email: 'a@example.com' },
        context: YES,
      }),
      logged({ event: 'After', userId: 'u1', context: YES }),
    ];
    const decisions = run(events);
    expect(left(decisions)).toEqual([
      'identify -> a@example.com',
      'page -> a@example.com',
      'Viewed -> a@example.com',
      'After -> a@example.com',
    ]);
    expect(said(decisions)).toEqual([
      'parked NO_EMAIL',
      'parked NO_EMAIL',
      'mapped',
      'mapped',
      'mapped',
      'mapped',
    ]);
  });

  it('consent is asked again at release', () => {
    const events = [
      logged({ event: 'Viewed', anonymousId: 'x', context: YES }),
      logged({
        type: 'identify',
        userId: 'u1',
        anonymousId: 'x',
        traits: { email: 'a@example.com' },
        context: NO,
      }),
    ];
    const decisions = run(events);
    expect(left(decisions)).toEqual([]);
    expect(said(decisions)).toEqual([
      'parked NO_EMAIL',
      'filtered CONSENT_DENIED',
      'filtered CONSENT_DENIED',
    ]);
  });

  it('an event that consent refuses is not parked', () => {
    expect(said(run([logged({ event: 'Viewed', anonymousId: 'x', context: NO })]))).toEqual([
      'filtered CONSENT_DENIED',
    ]);
  });

  it('is released once', () => {
    const identify = {
      type: 'identify',
      userId: 'u1',
      anonymousId: 'x',
      traits: { email: 'a@example.com' },
      context: YES,
    } as const;
    const events = [
      logged({ event: 'Viewed', anonymousId: 'x', context: YES }),
      logged(identify),
      logged(identify),
    ];
    expect(left(run(events)).filter((job) => job.startsWith('Viewed'))).toHaveLength(1);
  });

  it('an event of a named user is not released by another user of the device', () => {
    const events = [
      logged({ event: 'Viewed', userId: 'u1', anonymousId: 'x', context: YES }),
      logged({
        type: 'identify',
        userId: 'u2',
        anonymousId: 'x',
        traits: { email: 'b@example.com' },
        context: YES,
      }),
    ];
    expect(left(run(events))).toEqual(['identify -> b@example.com']);
  });
});

describe('a rule that cannot be followed', () => {
  it('whose action lacks a setting is skipped with the reason', () => {
    const lacking = {
      ...integration,
      actions: new Map([['record', { ...action, unavailable: 'No event key.' }]]),
    };
    const [verdict] = run(
      [logged({ event: 'Viewed', userId: 'u1', properties: { email: 'a@example.com' }, context: YES })],
      [lacking],
    ).verdicts;
    expect(verdict).toMatchObject({ state: 'skipped', code: 'ACTION_UNAVAILABLE' });
    expect(JSON.stringify(verdict?.detail)).toContain('No event key.');
  });

  it('whose payload does not fit is invalid with the problems', () => {
    const strict: ActionGate = {
      ...action,
      check: () => ({ ok: false, problems: [{ path: 'event', message: 'is required' }] }),
    };
    const picky = { ...integration, actions: new Map([['record', strict]]) };
    const [verdict] = run(
      [logged({ event: 'Viewed', userId: 'u1', properties: { email: 'a@example.com' }, context: YES })],
      [picky],
    ).verdicts;
    expect(verdict).toMatchObject({ state: 'invalid', code: 'PAYLOAD_INVALID' });
    expect(JSON.stringify(verdict?.detail)).toContain('is required');
  });

  it('of a disabled integration is skipped', () => {
    const off = { ...integration, enabled: false };
    expect(said(run([logged({ event: 'Viewed', userId: 'u1', context: YES })], [off]))).toEqual([
      'skipped INTEGRATION_DISABLED',
    ]);
  });
});
