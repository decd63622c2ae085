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
  /** What every event's context says besides consent. A page event has `page` for properties, too. */
  context(): Properties & { readonly page?: Properties };
  emit(event: WireEvent): Sent;
}

/** The calls of the datafly client. Each sends one event, except reset, which sends none. */
export interface Calls<Sent, Options = CallOptions> {
  /** Names the person. `identify(traits)` adds traits to whoever it is. */
  identify(userId?: string | number | Properties | null, traits?: Properties, options?: Options): Sent;
  track(event: string, properties?: Properties, options?: Options): Sent;
  page(name?: string | Properties | null, properties?: Properties, options?: Options): Sent;
  group(groupId: string | number, traits?: Properties, options?: Options): Sent;
  /** The same person has a new userId from now on; `previousId` is the kept one unless given. */
  alias(userId: string | number, previousId?: string, options?: Options): Sent;
  /** Forgets the person: ids, traits, group, consent. A new anonymousId begins. */
  reset(): void;
  /**
   * Records a decision, e.g. `{ marketing: true }`; what is not mentioned stays. Later events carry it. It is also
   * told at once (an event of its own) where ingestion already knows the person and the decision changes.
   */
  setConsent(categories: Categories, options?: Options): Sent | undefined;
}

/** The calls, and the one that only adapters of consent platforms make. */
export interface AllCalls<Sent> extends Calls<Sent> {
  /** Records a whole decision in place of the former one; told like setConsent's. */
  decide(consent: Consent): Sent | undefined;
}

type Fields = Pick<WireEvent, 'type'> & Properties;

/** `(name, things)` and `(things)` alike. */
function named(first: unknown, second?: Properties): readonly [string | undefined, Properties | undefined] {
  if (typeof first === 'object' && first) return [undefined, { ...first }];
  return [first || first === 0 ? String(first) : undefined, second];
}

export function createCalls<Sent>({ read, write, ...ports }: CallPorts<Sent>): AllCalls<Sent> {
  function send(fields: Fields, { timestamp, context, ...rest }: CallOptions = {}): Sent {
    const person = read();
    const { anonymousId, userId, consent } = person;
    if (!person.isHeardOf) write({ ...person, isHeardOf: true });
    return ports.emit({
      messageId: newId(),
      // toJSON, unlike toISOString, does not throw for a time that is none.
      timestamp: new Date(timestamp ?? ports.now()).toJSON(),
      anonymousId,
      userId,
      ...rest,
      ...fields,
      context: { ...ports.context(), consent, ...context },
    });
  }

  function settle(after: Person, options?: CallOptions): Sent | undefined {
    const before = read();
    write(after);
    const isChanged = JSON.stringify(before.consent) !== JSON.stringify(after.consent);
    if (!isChanged || !before.isHeardOf) return undefined;
    return send({ type: 'track', event: CONSENT_CHANGED, properties: {} }, options);
  }

  return {
    identify(first, second, options) {
      write(identified(read(), ...named(first, second), ports.stranger));
      return send({ type: 'identify', traits: read().traits }, options);
    },
    track(event, properties = {}, options) {
      return send({ type: 'track', event, properties }, options);
    },
    page(first, second, options) {
      const [name, properties] = named(first, second);
      return send({ type: 'page', name, properties: { ...ports.context().page, ...properties } }, options);
    },
    group(id, given, options) {
      const groupId = String(id);
      write(grouped(read(), groupId, given));
      return send({ type: 'group', groupId, traits: read().groupTraits }, options);
    },
    alias(id, from, options) {
      const person = read();
      const previousId = person.userId ?? person.anonymousId;
      if (!from || from === previousId) write({ ...person, userId: String(id) });
      return send({ type: 'alias', previousId: from ?? previousId, userId: String(id) }, options);
    },
    reset() {
      write(ports.stranger());
    },
    setConsent: (categories, options) => settle(consented(read(), categories), options),
    decide: (consent) => settle({ ...read(), consent }),
  };
}
