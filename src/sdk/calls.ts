/** Turns calls into events, the same for page and server. It must not know how events are kept or sent. */
import { newId } from './id.ts';
import { consented, grouped, identified, type Person } from './person.ts';
import type { CallOptions, Categories, Consent, Properties, WireEvent } from './wire.ts';

/** The name under which Segment's clients, too, tell a change of consent. */
export const CONSENT_CHANGED = 'Segment Consent Preference Updated';

export interface CallPorts<Sent> {
  now(): number;
  read(): Person;
  write(person: Person): void;
  /** Somebody of whom nothing is known yet. */
  stranger(): Person;
  /** What every event's context says besides consent. */
  context(): Properties;
  /** What a page event says by itself. */
  pageProperties(): Properties;
  emit(event: WireEvent): Sent;
}

/** The calls of the datafly client. Each sends one event, except reset, which sends none. */
export interface Calls<Sent> {
  /** Names the person. `identify(traits)` adds traits to whoever it is. */
  identify(userId?: string | number | Properties | null, traits?: Properties, options?: CallOptions): Sent;
  track(event: string, properties?: Properties, options?: CallOptions): Sent;
  page(name?: string | Properties | null, properties?: Properties, options?: CallOptions): Sent;
  group(groupId: string | number, traits?: Properties, options?: CallOptions): Sent;
  /** The same person has a new userId from now on; `previousId` is the kept one unless given. */
  alias(userId: string | number, previousId?: string, options?: CallOptions): Sent;
  /** Forgets the person: ids, traits, group, consent. A new anonymousId begins. */
  reset(): void;
  /**
   * Records a decision, e.g. `{ marketing: true }`; what is not mentioned stays. Later events carry it. It is also
   * told at once (an event of its own) where ingestion already knows the person and the decision changes.
   */
  setConsent(categories: Categories, options?: CallOptions): Sent | undefined;
}

/** The calls, and the one that only adapters of consent platforms make. */
export interface AllCalls<Sent> extends Calls<Sent> {
  /** Records a whole decision in place of the former one; told like setConsent's. */
  decide(consent: Consent): Sent | undefined;
}

type Fields = Pick<WireEvent, 'type'> & Properties;

/** `(name, things)` and `(things)` alike. */
function named(first: unknown, second: Properties | undefined): readonly [string | undefined, Properties] {
  if (typeof first === 'object' && first) return [undefined, { ...first }];
  return [first === undefined || first === null || first === '' ? undefined : String(first), second ?? {}];
}

/** A time that is none travels as it is, so that ingestion's verdict names it. */
function isoTime(time: Date | string | number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? String(time) : date.toISOString();
}

const isAboutOther = (options: CallOptions): boolean => (options.userId ?? options.anonymousId) !== undefined;

export function createCalls<Sent>(ports: CallPorts<Sent>): AllCalls<Sent> {
  const { read, write } = ports;

  function send(fields: Fields, options: CallOptions): Sent {
    const { timestamp, context, ...rest } = options;
    const isOther = isAboutOther(options);
    const person = read();
    if (!isOther && !person.isHeardOf) write({ ...person, isHeardOf: true });
    return ports.emit({
      messageId: newId(),
      timestamp: isoTime(timestamp ?? ports.now()),
      ...(isOther ? {} : { anonymousId: person.anonymousId, userId: person.userId }),
      ...rest,
      ...fields,
      context: {
        ...ports.context(),
        ...(!isOther && person.consent && { consent: person.consent }),
        ...context,
      },
    });
  }

  function settle(after: Person, options: CallOptions): Sent | undefined {
    const before = read();
    write(after);
    const isChanged = JSON.stringify(before.consent) !== JSON.stringify(after.consent);
    if (!isChanged || !before.isHeardOf) return undefined;
    return send({ type: 'track', event: CONSENT_CHANGED, properties: {} }, options);
  }

  return {
    identify(first, second, options = {}) {
      const [userId, given] = named(first, second);
      if (isAboutOther(options))
        return send({ type: 'identify', traits: given, ...(userId && { userId }) }, options);
      write(identified(read(), userId, given, ports.stranger));
      return send({ type: 'identify', traits: read().traits }, options);
    },
    track(event, properties = {}, options = {}) {
      return send({ type: 'track', event, properties }, options);
    },
    page(first, second, options = {}) {
      const [name, properties] = named(first, second);
      return send({ type: 'page', name, properties: { ...ports.pageProperties(), ...properties } }, options);
    },
    group(id, given = {}, options = {}) {
      const groupId = String(id);
      if (isAboutOther(options)) return send({ type: 'group', groupId, traits: given }, options);
      write(grouped(read(), groupId, given));
      return send({ type: 'group', groupId, traits: read().groupTraits }, options);
    },
    alias(id, from, options = {}) {
      const userId = String(id);
      const person = read();
      const keptId = person.userId ?? person.anonymousId;
      const previousId = from ?? options.anonymousId ?? options.userId ?? keptId;
      if (previousId === keptId) write({ ...person, userId });
      return send({ type: 'alias', previousId, userId }, options);
    },
    reset() {
      write(ports.stranger());
    },
    setConsent(categories, options = {}) {
      if (isAboutOther(options)) {
        const { consent } = consented({ anonymousId: '' }, categories);
        return send(
          { type: 'track', event: CONSENT_CHANGED, properties: {} },
          { ...options, context: { ...options.context, consent } },
        );
      }
      return settle(consented(read(), categories), options);
    },
    decide: (consent) => settle({ ...read(), consent }, {}),
  };
}
