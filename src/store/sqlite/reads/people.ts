/** Persons as people see them, from the ledger and the event index. It must not know how either is learnt. */
import type { Database, Statement } from 'better-sqlite3';
import { type Email, parseEmail } from '../../../event/email.ts';
import { eventId } from '../../ports/event-log.ts';
import type { ConsentSubject, VisitorKey } from '../../ports/ledger.ts';
import type { ConsentChange, PersonRecord, PersonSummary, RecordedDecision } from '../../ports/people.ts';
import { type ChangeRow, ConsentHistory } from '../consent-history.ts';

interface LinkRow {
  readonly email: Email | null;
  readonly user_id: string | null;
}

interface DecisionRow {
  readonly category: string;
  readonly granted: 0 | 1;
  readonly at_ms: number;
  readonly seq: number;
  readonly is_kept: 0 | 1;
}

/** Ids of one person that are shown; an address with more is shared by a crowd. */
const MAX_KEYS = 200;
/** Changes of consent that are shown of one person. */
const MAX_CHANGES = 100;

/** The newest event of one value of an indexed column, in one pipeline. */
const newestBy = (column: 'email' | 'user_id' | 'anonymous_id'): string =>
  `SELECT e.received_ms FROM event_index i JOIN events e ON e.seq = i.seq
   WHERE i.${column} = ? AND i.${column} IS NOT NULL AND e.pipeline_id = ? ORDER BY i.seq DESC LIMIT 1`;

export class People {
  readonly #pipelines: Statement<[], string>;
  readonly #link: Statement<[string, string], LinkRow>;
  readonly #keysOf: Statement<[string, string, number], VisitorKey>;
  readonly #decisions: Statement<[string, string], DecisionRow>;
  readonly #history: ConsentHistory;
  readonly #newest: Readonly<Record<'e' | 'u' | 'a', Statement<[string, string], number>>>;

  constructor(db: Database) {
    this.#pipelines = db.prepare<[], string>('SELECT id FROM pipelines ORDER BY rowid').pluck();
    this.#link = db.prepare('SELECT email, user_id FROM links WHERE pipeline_id = ? AND key = ?');
    this.#keysOf = db
      .prepare<[string, string, number], VisitorKey>(
        'SELECT key FROM links WHERE pipeline_id = ? AND email = ? AND email IS NOT NULL ORDER BY key LIMIT ?',
      )
      .pluck();
    this.#decisions = db.prepare(
      `SELECT category, granted, at_ms, seq, EXISTS (SELECT 1 FROM events e WHERE e.seq = d.seq) AS is_kept
       FROM decisions d WHERE pipeline_id = ? AND subject = ?`,
    );
    this.#history = new ConsentHistory(db);
    const newest = (column: Parameters<typeof newestBy>[0]) =>
      db.prepare<[string, string], number>(newestBy(column)).pluck();
    this.#newest = { e: newest('email'), u: newest('user_id'), a: newest('anonymous_id') };
  }

  find(query: string): readonly PersonSummary[] {
    const email = parseEmail(query);
    const subjects: ConsentSubject[] = [
      ...(email === undefined ? [] : [`e:${email}` as const]),
      `u:${query}`,
      `a:${query}`,
    ];
    return this.#pipelines.all().flatMap((pipelineId) => {
      const found = new Map<ConsentSubject, PersonSummary>();
      for (const subject of subjects) {
        const person = this.#summary(pipelineId, this.#settled(pipelineId, subject));
        if (person !== undefined) found.set(person.subject, person);
      }
      return [...found.values()];
    });
  }

  one(pipelineId: string, subject: ConsentSubject): PersonRecord | undefined {
    const person = this.#summary(pipelineId, this.#settled(pipelineId, subject));
    if (person === undefined) return undefined;
    const subjects = this.#subjectsOf(person);
    const consent = subjects.flatMap((each) => this.#decisionsOf(pipelineId, each));
    return {
      ...person,
      consent: consent.sort((a, b) => b.atMs - a.atMs),
      consentHistory: this.#changesOf(pipelineId, subjects),
    };
  }

  /** The address that an id leads to, as its subject; the id itself where it leads to none. */
  #settled(pipelineId: string, subject: ConsentSubject): ConsentSubject {
    const email = subject.startsWith('e:') ? undefined : this.#link.get(pipelineId, subject)?.email;
    return email === undefined || email === null ? subject : `e:${email}`;
  }

  #summary(pipelineId: string, subject: ConsentSubject): PersonSummary | undefined {
    const keys = this.#keys(pipelineId, subject);
    const email = subject.startsWith('e:') ? parseEmail(subject.slice(2)) : undefined;
    const person: PersonSummary = {
      pipelineId,
      subject,
      ...(email === undefined ? {} : { email }),
      userIds: idsOf(keys, 'u:'),
      anonymousIds: idsOf(keys, 'a:'),
    };
    const subjects = this.#subjectsOf(person);
    const seen = subjects.flatMap((each) => this.#newestOf(each)?.get(each.slice(2), pipelineId) ?? []);
    if (seen.length > 0) return { ...person, lastSeenAtMs: Math.max(...seen) };
    const isKnown =
      (keys.length > 0 && this.#link.get(pipelineId, keys[0] ?? '') !== undefined) ||
      subjects.some((each) => this.#decisions.get(pipelineId, each) !== undefined);
    return isKnown ? person : undefined;
  }

  /** All ids that lead to the address; of somebody without one the id itself, and the user who was last on the device. */
  #keys(pipelineId: string, subject: ConsentSubject): readonly VisitorKey[] {
    if (isAddress(subject)) return this.#keysOf.all(pipelineId, subject.slice(2), MAX_KEYS);
    const user = this.#link.get(pipelineId, subject)?.user_id ?? null;
    return user === null ? [subject] : [subject, `u:${user}`];
  }

  #subjectsOf({ email, userIds, anonymousIds }: PersonSummary): readonly ConsentSubject[] {
    return [
      ...(email === undefined ? [] : [`e:${email}` as const]),
      ...userIds.map((id) => `u:${id}` as const),
      ...anonymousIds.map((id) => `a:${id}` as const),
    ];
  }

  #newestOf(subject: ConsentSubject): Statement<[string, string], number> {
    return isAddress(subject) ? this.#newest.e : subject.startsWith('u:') ? this.#newest.u : this.#newest.a;
  }

  #decisionsOf(pipelineId: string, subject: ConsentSubject): readonly RecordedDecision[] {
    return this.#decisions.all(pipelineId, subject).map((row) => ({
      category: row.category,
      granted: row.granted === 1,
      atMs: row.at_ms,
      subject,
      ...(row.is_kept === 1 ? { eventId: eventId(row.seq) } : {}),
    }));
  }

  /** What one event said is one change, however many ids of the person it was said under. */
  #changesOf(pipelineId: string, subjects: readonly ConsentSubject[]): readonly ConsentChange[] {
    const changes = new Map<string, { readonly row: ChangeRow; readonly subjects: ConsentSubject[] }>();
    for (const subject of subjects) {
      for (const row of this.#history.of(pipelineId, subject, MAX_CHANGES)) {
        const key = JSON.stringify([row.seq, row.category]);
        const known = changes.get(key);
        if (known === undefined) changes.set(key, { row, subjects: [subject] });
        else known.subjects.push(subject);
      }
    }
    return [...changes.values()]
      .sort(({ row: a }, { row: b }) => b.at_ms - a.at_ms || b.seq - a.seq)
      .slice(0, MAX_CHANGES)
      .map(({ row, subjects: under }) => changeOf(row, under));
  }
}

/** An event of which nothing is left but its position was forgotten. */
function changeOf(row: ChangeRow, subjects: readonly ConsentSubject[]): ConsentChange {
  const { seq, category, granted, at_ms: atMs, type, name, library, page } = row;
  return {
    category,
    granted: granted === 1,
    atMs,
    subjects,
    ...(type === null
      ? {}
      : {
          event: {
            id: eventId(seq),
            type,
            ...(name === null ? {} : { name }),
            ...(library === null ? {} : { library }),
            ...(page === null ? {} : { page }),
          },
        }),
  };
}

function isAddress(subject: ConsentSubject): subject is `e:${string}` {
  return subject.startsWith('e:');
}

function idsOf(keys: readonly VisitorKey[], kind: 'u:' | 'a:'): readonly string[] {
  return keys.flatMap((key) => (key.startsWith(kind) ? [key.slice(kind.length)] : []));
}
