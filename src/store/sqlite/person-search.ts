/** Finds what belongs to one person: ids, events, jobs. It must not know what becomes of it. */
import type { Database, Statement } from 'better-sqlite3';
import type { ErasureRequest, FoundPerson, Person } from '../ports/erasure.ts';
import type { Seq } from '../ports/event-log.ts';
import type { VisitorKey } from '../ports/ledger.ts';
import type { JobId } from '../ports/queue.ts';
import { encode } from './codec.ts';

interface LinkRow {
  readonly email: string | null;
  readonly user_id: string | null;
}

/** The distinct pipelines of a table whose index begins with them, without walking it. */
const pipelinesOf = (table: string): string => `
WITH RECURSIVE p (id) AS (
  SELECT min(pipeline_id) FROM ${table}
  UNION ALL SELECT (SELECT min(pipeline_id) FROM ${table} WHERE pipeline_id > p.id) FROM p WHERE p.id IS NOT NULL)
SELECT id FROM p WHERE id IS NOT NULL`;

export class PersonSearch {
  readonly #pipelines: readonly Statement<[], string>[];
  readonly #link: Statement<[string, string], LinkRow>;
  readonly #keysOf: Statement<[string, string], VisitorKey>;
  readonly #devicesLinkedTo: Statement<
    [string, string],
    { readonly key: string; readonly email: string | null }
  >;
  readonly #isDecided: Statement<[string, string], number>;
  readonly #usersOfEmail: Statement<[string], string>;
  readonly #emailsOfUser: Statement<[string], string>;
  readonly #devicesOfUser: Statement<[string], string>;
  readonly #devicesOfEmail: Statement<[string], string>;
  readonly #templatesOf: Statement<[{ email: string }], string>;
  readonly #eventsOf: readonly Statement<[Readonly<Record<string, string | number>>], Seq>[];
  readonly #jobsOf: readonly Statement<[string, number, number], JobId>[];
  readonly #openOf: readonly Statement<[string], JobId>[];

  constructor(db: Database) {
    const texts = <P extends unknown[]>(sql: string): Statement<P, string> =>
      db.prepare<P, string>(sql).pluck();
    this.#pipelines = ['links', 'decisions', 'parked'].map((table) => texts(pipelinesOf(table)));
    this.#link = db.prepare('SELECT email, user_id FROM links WHERE pipeline_id = ? AND key = ?');
    this.#keysOf = db
      .prepare<[string, string], VisitorKey>('SELECT key FROM links WHERE pipeline_id = ? AND email = ?')
      .pluck();
    this.#devicesLinkedTo = db.prepare(
      'SELECT key, email FROM links WHERE pipeline_id = ? AND user_id = ? AND user_id IS NOT NULL',
    );
    this.#isDecided = db
      .prepare<[string, string], number>(
        'SELECT EXISTS (SELECT 1 FROM decisions WHERE pipeline_id = ? AND subject = ?)',
      )
      .pluck();
    this.#usersOfEmail = texts(
      'SELECT DISTINCT user_id FROM event_index WHERE email = ? AND email IS NOT NULL AND user_id IS NOT NULL',
    );
    this.#emailsOfUser = texts(
      'SELECT DISTINCT email FROM event_index WHERE user_id = ? AND user_id IS NOT NULL AND email IS NOT NULL',
    );
    this.#devicesOfUser = texts(
      `SELECT DISTINCT anonymous_id FROM event_index
       WHERE user_id = ? AND user_id IS NOT NULL AND anonymous_id IS NOT NULL`,
    );
    this.#devicesOfEmail = texts(
      `SELECT DISTINCT anonymous_id FROM event_index
       WHERE email = ? AND email IS NOT NULL AND anonymous_id IS NOT NULL`,
    );
    this.#templatesOf = texts(
      `SELECT template_id FROM jobs WHERE contact = @email
       UNION SELECT template_id FROM jobs WHERE other_contact = @email AND other_contact IS NOT NULL`,
    );
    const theirs = `(user_id IS NULL OR user_id IN (SELECT value FROM json_each(@users)))`;
    this.#eventsOf = [
      `SELECT seq FROM event_index WHERE email = @id AND email IS NOT NULL AND seq <= @through AND ${theirs}`,
      'SELECT seq FROM event_index WHERE user_id = @id AND user_id IS NOT NULL AND seq <= @through',
      `SELECT seq FROM event_index WHERE anonymous_id = @id AND anonymous_id IS NOT NULL AND seq <= @through
       AND ${theirs} AND (email IS NULL OR email IN (SELECT value FROM json_each(@emails)))`,
    ].map((sql) =>
      db.prepare<[Readonly<Record<string, string | number>>], Seq>(`${sql} LIMIT @limit`).pluck(),
    );
    this.#jobsOf = [
      'SELECT id FROM jobs WHERE contact = ? AND seq <= ? LIMIT ?',
      'SELECT id FROM jobs WHERE other_contact = ? AND other_contact IS NOT NULL AND seq <= ? LIMIT ?',
    ].map((sql) => db.prepare<[string, number, number], JobId>(sql).pluck());
    this.#openOf = [
      `SELECT q.id FROM streams s CROSS JOIN queue q INDEXED BY queue_contact ON q.stream = s.no
       WHERE s.open > 0 AND q.contact = ? AND q.state <> 'held' ORDER BY q.id DESC`,
      `SELECT q.id FROM streams s CROSS JOIN queue q INDEXED BY queue_other_contact ON q.stream = s.no
       WHERE s.open > 0 AND q.other_contact = ? AND q.other_contact IS NOT NULL AND q.state <> 'held' ORDER BY q.id DESC`,
    ].map((sql) => db.prepare<[string], JobId>(sql).pluck());
  }

  /** The pipelines that know anybody. */
  pipelines(): readonly string[] {
    return [...new Set(this.#pipelines.flatMap((statement) => statement.all()))];
  }

  /**
   * From the named ids to the person's addresses, from these to the accounts that have them, from the accounts to their
   * former addresses and to the devices that were last seen signed in to them. Other accounts that share a former address
   * are not followed, nor is a device that belongs to somebody else by now.
   */
  find({ email, userId, anonymousId }: ErasureRequest): FoundPerson {
    const pipelines = this.pipelines();
    const emails = new Set(email === undefined ? [] : [email]);
    const users = new Set(userId === undefined ? [] : [userId]);
    const devices = new Set(anonymousId === undefined ? [] : [anonymousId]);
    const linksOf = (key: string): LinkRow[] => pipelines.flatMap((id) => this.#link.get(id, key) ?? []);
    for (const device of devices) {
      for (const link of linksOf(`a:${device}`)) {
        if (link.email !== null) emails.add(link.email);
        if (link.user_id !== null) users.add(link.user_id);
      }
    }
    for (const user of users)
      for (const link of linksOf(`u:${user}`)) if (link.email !== null) emails.add(link.email);
    for (const address of emails) {
      for (const user of this.#usersOfEmail.all(address)) users.add(user);
      for (const key of pipelines.flatMap((id) => this.#keysOf.all(id, address)))
        if (key.startsWith('u:')) users.add(key.slice(2));
    }
    for (const user of users) {
      for (const address of this.#emailsOfUser.all(user)) emails.add(address);
      for (const link of pipelines.flatMap((id) => this.#devicesLinkedTo.all(id, user))) {
        devices.add(link.key.slice(2));
        if (link.email !== null) emails.add(link.email);
      }
    }
    for (const device of this.#devices(pipelines, emails, users)) devices.add(device);
    return {
      emails: [...emails],
      userIds: [...users],
      anonymousIds: [...devices],
      deliveredTo: [...emails].flatMap((address) =>
        this.#templatesOf.all({ email: address }).map((templateId) => ({ templateId, email: address })),
      ),
      pipelineIds: pipelines.filter((id) => this.#isKnown(id, emails, users, devices)),
    };
  }

  /** Positions of the person's events, at most `limit`. Erased ones are not among them. */
  events({ emails, userIds, anonymousIds }: Person, through: Seq, limit: number): readonly Seq[] {
    const found = new Set<Seq>();
    const bounds = { through, users: encode(userIds), emails: encode(emails) };
    [emails, userIds, anonymousIds].forEach((ids, index) => {
      for (const id of ids) {
        const rows = found.size < limit ? this.#eventsOf[index]?.all({ ...bounds, id, limit }) : undefined;
        for (const seq of rows ?? []) found.add(seq);
      }
    });
    return [...found];
  }

  /** The jobs that name the addresses, at most `limit` of each kind. */
  jobs(emails: readonly string[], through: Seq, limit: number): readonly JobId[] {
    return [
      ...new Set(emails.flatMap((email) => this.#jobsOf.flatMap((jobs) => jobs.all(email, through, limit)))),
    ];
  }

  /** The jobs of the addresses that are still to leave or under way, the last first. */
  openJobs(emails: readonly string[]): readonly JobId[] {
    return [...new Set(emails.flatMap((email) => this.#openOf.flatMap((jobs) => jobs.all(email))))];
  }

  #devices(
    pipelines: readonly string[],
    emails: ReadonlySet<string>,
    users: ReadonlySet<string>,
  ): readonly string[] {
    const linked = [...emails].flatMap((email) => pipelines.flatMap((id) => this.#keysOf.all(id, email)));
    const used = [
      ...[...emails].flatMap((email) => this.#devicesOfEmail.all(email)),
      ...[...users].flatMap((user) => this.#devicesOfUser.all(user)),
    ];
    const isTheirs = (device: string): boolean =>
      pipelines.every((id) => {
        const link = this.#link.get(id, `a:${device}`);
        if (link === undefined) return true;
        return link.email === null
          ? link.user_id !== null && users.has(link.user_id)
          : emails.has(link.email);
      });
    return [
      ...linked.flatMap((key) => (key.startsWith('a:') ? [key.slice(2)] : [])),
      ...used.filter(isTheirs),
    ];
  }

  #isKnown(
    pipelineId: string,
    emails: ReadonlySet<string>,
    users: ReadonlySet<string>,
    devices: ReadonlySet<string>,
  ): boolean {
    const keys = [...[...users].map((id) => `u:${id}`), ...[...devices].map((id) => `a:${id}`)];
    return (
      [...emails].some((email) => this.#keysOf.get(pipelineId, email) !== undefined) ||
      [...keys, ...[...emails].map((email) => `e:${email}`)].some(
        (subject) => this.#isDecided.get(pipelineId, subject) === 1,
      )
    );
  }
}
