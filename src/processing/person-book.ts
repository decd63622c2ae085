/** Who an event belongs to: links and consent decisions, read from the ledger and kept up to date through one step. It must not know integrations. */
import type { CanonicalEvent } from '../event/canonical-event.ts';
import { type ConsentChoices, type ConsentDecision, newerDecision, newestChoices } from '../event/consent.ts';
import { type Email, parseEmail } from '../event/email.ts';
import { own, put } from '../event/json.ts';
import type { LoggedEvent, Seq } from '../store/ports/event-log.ts';
import type { ConsentSubject, LedgerSnapshot, Link, ParkedEvent, VisitorKey } from '../store/ports/ledger.ts';
import type { DecisionWrite, LinkWrite, ParkWrite } from '../store/ports/steps.ts';

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
function statedEmail(event: CanonicalEvent): Email | undefined {
  return parseEmail(event.traits['email']) ?? parseEmail(own(event.context['traits'], 'email'));
}

/** Addresses that processing the event may ask about. */
export function mentionedEmails(event: CanonicalEvent): readonly Email[] {
  return [statedEmail(event), parseEmail(event.properties['email'])].flatMap((email) => email ?? []);
}

type DecisionByCategory = Readonly<Record<string, ConsentDecision>>;
const NOTHING_DECIDED: DecisionByCategory = {};

/** Whom an event is about. */
export interface Met {
  /** The address to send for this event. */
  readonly email: Email | undefined;
  /** The address that the event's user had before this event changed it, if it changes it. */
  readonly formerEmail: Email | undefined;
}

/** The present state of everybody that a step meets, with what the step has learnt so far. */
export class PersonBook {
  readonly #pipelineId: string;
  /** As it was before the step; the maps below hold what the step changed of it. */
  readonly #snapshot: LedgerSnapshot;
  readonly #links = new Map<VisitorKey, Link>();
  readonly #keysOf = new Map<Email, readonly VisitorKey[]>();
  readonly #decisions = new Map<ConsentSubject, DecisionByCategory>();
  readonly #parked = new Map<VisitorKey, readonly ParkedEvent[]>();
  readonly links: LinkWrite[] = [];
  readonly decisions: DecisionWrite[] = [];
  readonly park: ParkWrite[] = [];
  readonly unpark: Seq[] = [];

  constructor(pipelineId: string, snapshot: LedgerSnapshot) {
    this.#pipelineId = pipelineId;
    this.#snapshot = snapshot;
  }

  /** Whom the event is about, once what identify and alias say about who is who is learnt. */
  meet(event: CanonicalEvent, seq: Seq): Met {
    const stated = statedEmail(event);
    const known = this.#emailOf(event, stated);
    if (event.type !== 'identify' && event.type !== 'alias') return { email: known, formerEmail: undefined };
    const formerEmail = event.type === 'identify' ? this.#formerEmail(event, stated) : undefined;
    this.#learn(event, known, seq);
    return { email: this.#emailOf(event, stated) ?? known, formerEmail };
  }

  /**
   * The address to send for this event: the one it states; else that of its user; else that of its anonymous id, unless
   * another user owns that device now; else, for a visitor nobody knows, `properties.email`.
   */
  emailOf(event: CanonicalEvent): Email | undefined {
    return this.#emailOf(event, statedEmail(event));
  }

  #emailOf(event: CanonicalEvent, stated: Email | undefined): Email | undefined {
    if (stated !== undefined) return stated;
    const user = event.userId === undefined ? undefined : this.#linkOf(`u:${event.userId}`);
    if (user?.email !== undefined) return user.email;
    const device = event.anonymousId === undefined ? undefined : this.#linkOf(`a:${event.anonymousId}`);
    const isKnown = device !== undefined && !isOfAnother(device, event);
    if (isKnown && device.email !== undefined) return device.email;
    return user !== undefined || isKnown ? undefined : parseEmail(event.properties['email']);
  }

  #formerEmail(event: CanonicalEvent, stated: Email | undefined): Email | undefined {
    if (event.userId === undefined || stated === undefined) return undefined;
    const former = this.#linkOf(`u:${event.userId}`)?.email;
    return former === stated ? undefined : former;
  }

  #learn(event: CanonicalEvent, known: Email | undefined, seq: Seq): void {
    const user = event.userId === undefined ? undefined : (`u:${event.userId}` as const);
    const device = event.anonymousId === undefined ? undefined : (`a:${event.anonymousId}` as const);
    const email = known ?? this.#aliasedEmail(event);
    if (email !== undefined) {
      if (user !== undefined) this.#link(user, { email, seq });
      if (device !== undefined)
        this.#link(device, { email, seq, ...(event.userId === undefined ? {} : { userId: event.userId }) });
      return;
    }
    const owner = device === undefined ? undefined : this.#linkOf(device);
    if (device !== undefined && owner !== undefined && event.userId !== undefined)
      this.#link(device, { seq, userId: event.userId });
  }

  /** Records what the event says about consent, under all its ids. */
  decide({ event, seq, receivedAtMs }: LoggedEvent, said: ConsentChoices, email: Email | undefined): void {
    const atMs = Math.min(Date.parse(event.timestamp), receivedAtMs);
    const granted: ConsentDecision = { granted: true, atMs };
    const refused: ConsentDecision = { granted: false, atMs };
    const categories = Object.keys(said);
    const made: Record<string, ConsentDecision> = {};
    for (const category of categories) put(made, category, said[category] === true ? granted : refused);
    for (const key of visitorKeys(event)) this.#record(key, made, categories, seq);
    if (email !== undefined) this.#record(`e:${email}`, made, categories, seq);
  }

  /** What is known of a subject is replaced, never changed: snapshots and other subjects share it. */
  #record(subject: ConsentSubject, made: DecisionByCategory, categories: readonly string[], seq: Seq): void {
    const known = this.#decisionsOf(subject);
    const newer = known === undefined ? made : newerThan(known, made, categories);
    if (newer === undefined) return;
    this.decisions.push({ pipelineId: this.#pipelineId, subject, decisions: newer, seq });
    const isAllThereIs = newer === made && (known === undefined || holdsAllOf(made, known));
    this.#decisions.set(subject, isAllThereIs ? made : { ...known, ...newer });
  }

  /** The newest recorded decision per category over all ids of the event's person. */
  recordedChoices(event: CanonicalEvent, email: Email | undefined): ConsentChoices {
    const subjects: ConsentSubject[] = this.#ownKeys(event);
    if (email !== undefined) subjects.push(`e:${email}`, ...this.#keysLeadingTo(email));
    return this.#choicesOf(subjects);
  }

  /** The newest recorded decision per category over all ids of the person who has the address. */
  choicesOf(email: Email): ConsentChoices {
    return this.#choicesOf([`e:${email}`, ...this.#keysLeadingTo(email)]);
  }

  /** Subjects may be named twice. */
  #choicesOf(subjects: readonly ConsentSubject[]): ConsentChoices {
    return newestChoices(subjects.map((subject) => this.#decisionsOf(subject) ?? NOTHING_DECIDED));
  }

  /** Puts an event aside until its visitor's address is known. */
  wait(event: CanonicalEvent, seq: Seq, expiresAtMs: number, integrationIds: readonly string[]): void {
    const keys = visitorKeys(event);
    const [key, otherKey] = keys;
    if (key === undefined) return;
    const second = otherKey === undefined ? {} : { otherKey };
    const parked: ParkedEvent = { seq, key, ...second, expiresAtMs, integrationIds };
    for (const each of keys) this.#parked.set(each, [...this.#parkedUnder(each), parked]);
    this.park.push({ ...parked, pipelineId: this.#pipelineId });
  }

  /** Takes out the events that waited under one of the event's ids, each once, oldest first. */
  release(event: CanonicalEvent): readonly ParkedEvent[] {
    const found = new Map<Seq, ParkedEvent>();
    for (const key of [...this.#ownKeys(event), ...aliasedKeys(event)]) {
      for (const parked of this.#parkedUnder(key)) {
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
    const owner = this.#linkOf(key)?.userId;
    return owner === undefined || parked.key === `u:${owner}`;
  }

  #takeOut({ seq, key, otherKey }: ParkedEvent): void {
    this.unpark.push(seq);
    for (const each of otherKey === undefined ? [key] : [key, otherKey]) {
      const left = this.#parkedUnder(each).filter((parked) => parked.seq !== seq);
      this.#parked.set(each, left);
    }
  }

  /** The event's keys without a device that another user owns. */
  #ownKeys(event: CanonicalEvent): VisitorKey[] {
    return visitorKeys(event).filter((key) => {
      const link = key.startsWith('a:') ? this.#linkOf(key) : undefined;
      return link === undefined || !isOfAnother(link, event);
    });
  }

  #aliasedEmail(event: CanonicalEvent): Email | undefined {
    for (const key of aliasedKeys(event)) {
      const email = this.#linkOf(key)?.email;
      if (email !== undefined) return email;
    }
    return undefined;
  }

  #linkOf(key: VisitorKey): Link | undefined {
    return this.#links.get(key) ?? this.#snapshot.links.get(key);
  }

  #keysLeadingTo(email: Email): readonly VisitorKey[] {
    return this.#keysOf.get(email) ?? this.#snapshot.keysOf.get(email) ?? [];
  }

  #decisionsOf(subject: ConsentSubject): DecisionByCategory | undefined {
    return this.#decisions.get(subject) ?? this.#snapshot.decisions.get(subject);
  }

  #parkedUnder(key: VisitorKey): readonly ParkedEvent[] {
    return this.#parked.get(key) ?? this.#snapshot.parked.get(key) ?? [];
  }

  #keysBut(key: VisitorKey, email: Email): readonly VisitorKey[] {
    return this.#keysLeadingTo(email).filter((each) => each !== key);
  }

  #link(key: VisitorKey, link: Link): void {
    const former = this.#linkOf(key);
    if (former?.email === link.email && former?.userId === link.userId) return;
    if (former?.email !== undefined) this.#keysOf.set(former.email, this.#keysBut(key, former.email));
    if (link.email !== undefined) this.#keysOf.set(link.email, [...this.#keysBut(key, link.email), key]);
    this.#links.set(key, link);
    this.links.push({ pipelineId: this.#pipelineId, key, link });
  }
}

/** Whether a device that the event comes from belongs to another user now. */
function isOfAnother({ userId }: Link, event: CanonicalEvent): boolean {
  return userId !== undefined && event.userId !== undefined && userId !== event.userId;
}

/** What of the made decisions is newer than what is known; undefined when nothing is. */
function newerThan(
  known: DecisionByCategory,
  made: DecisionByCategory,
  categories: readonly string[],
): DecisionByCategory | undefined {
  const fresh: string[] = [];
  for (const category of categories) {
    const decision = made[category];
    if (decision !== undefined && newerDecision(decisionOn(category, known), decision) === decision)
      fresh.push(category);
  }
  if (fresh.length === categories.length) return made;
  if (fresh.length === 0) return undefined;
  const newer: Record<string, ConsentDecision> = {};
  for (const category of fresh) put(newer, category, made[category]);
  return newer;
}

function holdsAllOf(made: DecisionByCategory, known: DecisionByCategory): boolean {
  for (const category of Object.keys(known)) if (!Object.hasOwn(made, category)) return false;
  return true;
}

function decisionOn(category: string, known: DecisionByCategory | undefined): ConsentDecision | undefined {
  return known !== undefined && Object.hasOwn(known, category) ? known[category] : undefined;
}
