/** Who an event belongs to: links and consent decisions, read from the ledger and kept up to date through one step. It must not know integrations. */
import type { CanonicalEvent } from '../event/canonical-event.ts';
import { type ConsentChoices, type ConsentDecision, newerDecision, newestChoices } from '../event/consent.ts';
import { type Email, parseEmail } from '../event/email.ts';
import { own } from '../event/json.ts';
import type {
  ConsentSubject,
  DecisionWrite,
  LedgerSnapshot,
  Link,
  LinkWrite,
  ParkedEvent,
  ParkWrite,
  Seq,
  VisitorKey,
} from '../store/port.ts';

/** The event's visitor keys, the user first. */
export function visitorKeys(event: CanonicalEvent): readonly VisitorKey[] {
  const keys: VisitorKey[] = [];
  if (event.userId !== undefined) keys.push(`u:${event.userId}`);
  if (event.anonymousId !== undefined) keys.push(`a:${event.anonymousId}`);
  return keys;
}

/** The former key that an alias names; whether it was a user or an anonymous visitor is not said, so both are asked. */
export function aliasedKeys(event: CanonicalEvent): readonly VisitorKey[] {
  return event.type === 'alias' && event.previousId !== undefined
    ? [`u:${event.previousId}`, `a:${event.previousId}`]
    : [];
}

/** The address that the event itself says its visitor has: traits, then context.traits. */
export function statedEmail(event: CanonicalEvent): Email | undefined {
  return parseEmail(event.traits['email']) ?? parseEmail(own(event.context['traits'], 'email'));
}

/** Addresses that processing the event may ask about. */
export function mentionedEmails(event: CanonicalEvent): readonly Email[] {
  return [statedEmail(event), parseEmail(event.properties['email'])].flatMap((email) => email ?? []);
}

/** The present state of everybody that a step meets, with what the step has learnt so far. */
export class PersonBook {
  readonly #pipelineId: string;
  readonly #links: Map<VisitorKey, Link>;
  readonly #keysOf = new Map<Email, Set<VisitorKey>>();
  readonly #decisions: Map<ConsentSubject, Record<string, ConsentDecision>>;
  readonly #parked = new Map<VisitorKey, ParkedEvent[]>();
  readonly links: LinkWrite[] = [];
  readonly decisions: DecisionWrite[] = [];
  readonly park: ParkWrite[] = [];
  readonly unpark: Seq[] = [];

  constructor(pipelineId: string, snapshot: LedgerSnapshot) {
    this.#pipelineId = pipelineId;
    this.#links = new Map(snapshot.links);
    for (const [email, keys] of snapshot.keysOf) this.#keysOf.set(email, new Set(keys));
    this.#decisions = new Map(
      [...snapshot.decisions].map(([subject, byCategory]) => [subject, { ...byCategory }]),
    );
    for (const [key, events] of snapshot.parked) this.#parked.set(key, [...events]);
  }

  /**
   * The address to send for this event: the one it states; else that of its user; else that of its anonymous id, unless
   * another user owns that device now; else, for a visitor nobody knows, `properties.email`.
   */
  emailOf(event: CanonicalEvent): Email | undefined {
    const stated = statedEmail(event);
    if (stated !== undefined) return stated;
    for (const key of this.#ownKeys(event)) {
      const email = this.#links.get(key)?.email;
      if (email !== undefined) return email;
    }
    return this.#ownKeys(event).some((key) => this.#links.has(key))
      ? undefined
      : parseEmail(event.properties['email']);
  }

  /** The address that the event's user had before this event changed it, if it changes it. */
  formerEmail(event: CanonicalEvent): Email | undefined {
    if (event.type !== 'identify' || event.userId === undefined) return undefined;
    const stated = statedEmail(event);
    const former = this.#links.get(`u:${event.userId}`)?.email;
    return stated === undefined || former === undefined || former === stated ? undefined : former;
  }

  /** Learns what identify and alias say about who is who. */
  learn(event: CanonicalEvent, seq: Seq): void {
    if (event.type !== 'identify' && event.type !== 'alias') return;
    const user = event.userId === undefined ? undefined : (`u:${event.userId}` as const);
    const device = event.anonymousId === undefined ? undefined : (`a:${event.anonymousId}` as const);
    const email = this.emailOf(event) ?? this.#aliasedEmail(event);
    if (email !== undefined) {
      if (user !== undefined) this.#link(user, { email, seq });
      if (device !== undefined)
        this.#link(device, { email, seq, ...(event.userId === undefined ? {} : { userId: event.userId }) });
      return;
    }
    const owner = device === undefined ? undefined : this.#links.get(device);
    if (device !== undefined && owner !== undefined && event.userId !== undefined)
      this.#link(device, { seq, userId: event.userId });
  }

  /** Records what the event says about consent, under all its ids. */
  decide(event: CanonicalEvent, said: ConsentChoices, email: Email | undefined, seq: Seq): void {
    const atMs = Math.min(Date.parse(event.timestamp), Date.parse(event.receivedAt));
    const subjects: ConsentSubject[] = [
      ...visitorKeys(event),
      ...(email === undefined ? [] : [`e:${email}` as const]),
    ];
    for (const subject of subjects) {
      const known = this.#decisions.get(subject) ?? {};
      for (const [category, granted] of Object.entries(said)) {
        const decision = { granted, atMs };
        const kept = Object.hasOwn(known, category) ? known[category] : undefined;
        if (newerDecision(kept, decision) !== decision) continue;
        Object.defineProperty(known, category, {
          value: decision,
          enumerable: true,
          configurable: true,
          writable: true,
        });
        this.decisions.push({ pipelineId: this.#pipelineId, subject, category, decision, seq });
      }
      this.#decisions.set(subject, known);
    }
  }

  /** The newest recorded decision per category over all ids of the event's person. */
  recordedChoices(event: CanonicalEvent, email: Email | undefined): ConsentChoices {
    const subjects = new Set<ConsentSubject>(this.#ownKeys(event));
    if (email !== undefined) {
      subjects.add(`e:${email}`);
      for (const key of this.#keysOf.get(email) ?? []) subjects.add(key);
    }
    return newestChoices([...subjects].map((subject) => this.#decisions.get(subject) ?? {}));
  }

  /** The newest recorded decision per category over all ids of the person who has the address. */
  choicesOf(email: Email): ConsentChoices {
    const subjects: readonly ConsentSubject[] = [`e:${email}`, ...(this.#keysOf.get(email) ?? [])];
    return newestChoices(subjects.map((subject) => this.#decisions.get(subject) ?? {}));
  }

  /** Puts an event aside until its visitor's address is known. */
  wait(event: CanonicalEvent, seq: Seq, expiresAtMs: number, integrationIds: readonly string[]): void {
    const keys = visitorKeys(event);
    const [key, otherKey] = keys;
    if (key === undefined) return;
    const second = otherKey === undefined ? {} : { otherKey };
    const parked: ParkedEvent = { seq, key, ...second, expiresAtMs, integrationIds };
    for (const each of keys) this.#parked.set(each, [...(this.#parked.get(each) ?? []), parked]);
    this.park.push({ ...parked, pipelineId: this.#pipelineId });
  }

  /** Takes out the events that waited under one of the event's ids, each once, oldest first. */
  release(event: CanonicalEvent): readonly ParkedEvent[] {
    const found = new Map<Seq, ParkedEvent>();
    for (const key of [...this.#ownKeys(event), ...aliasedKeys(event)]) {
      for (const parked of this.#parked.get(key) ?? []) {
        if (this.#isOf(key, parked)) found.set(parked.seq, parked);
      }
    }
    const released = [...found.values()].sort((a, b) => a.seq - b.seq);
    for (const parked of released) this.#takeOut(parked);
    return released;
  }

  /** A user's event is found by its device only while that device is nobody else's. */
  #isOf(key: VisitorKey, parked: ParkedEvent): boolean {
    if (key === parked.key) return true;
    const owner = this.#links.get(key)?.userId;
    return owner === undefined || parked.key === `u:${owner}`;
  }

  #takeOut({ seq, key, otherKey }: ParkedEvent): void {
    this.unpark.push(seq);
    for (const each of otherKey === undefined ? [key] : [key, otherKey]) {
      const left = (this.#parked.get(each) ?? []).filter((parked) => parked.seq !== seq);
      this.#parked.set(each, left);
    }
  }

  /** The event's keys without a device that another user owns. */
  #ownKeys(event: CanonicalEvent): readonly VisitorKey[] {
    return visitorKeys(event).filter((key) => {
      if (!key.startsWith('a:') || event.userId === undefined) return true;
      const owner = this.#links.get(key)?.userId;
      return owner === undefined || owner === event.userId;
    });
  }

  #aliasedEmail(event: CanonicalEvent): Email | undefined {
    for (const key of aliasedKeys(event)) {
      const email = this.#links.get(key)?.email;
      if (email !== undefined) return email;
    }
    return undefined;
  }

  #link(key: VisitorKey, link: Link): void {
    const former = this.#links.get(key);
    if (former?.email === link.email && former?.userId === link.userId) return;
    if (former?.email !== undefined) this.#keysOf.get(former.email)?.delete(key);
    if (link.email !== undefined)
      this.#keysOf.set(link.email, (this.#keysOf.get(link.email) ?? new Set()).add(key));
    this.#links.set(key, link);
    this.links.push({ pipelineId: this.#pipelineId, key, link });
  }
}
