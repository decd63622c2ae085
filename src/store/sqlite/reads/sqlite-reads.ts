/** The read side's port on SQLite. It must not know anything that it does not show. */
import type { Database } from 'better-sqlite3';
import { seqOfEventId } from '../../ports/event-log.ts';
import type { ConsentSubject } from '../../ports/ledger.ts';
import type { PersonRecord, PersonSummary } from '../../ports/people.ts';
import type { JobId } from '../../ports/queue.ts';
import type {
  Activity,
  DeliveryDetail,
  DeliveryFilter,
  DeliverySummary,
  EventFilter,
  EventSummary,
  Page,
  Reads,
  StatsBucket,
} from '../../ports/reads.ts';
import type { Trail } from '../trail.ts';
import { Deliveries } from './deliveries.ts';
import { Events } from './events.ts';
import { People } from './people.ts';

export class SqliteReads implements Reads {
  readonly #trail: Trail;
  readonly #deliveries: Deliveries;
  readonly #events: Events;
  readonly #people: People;

  constructor(db: Database, trail: Trail, scanLimit: number) {
    this.#trail = trail;
    this.#deliveries = new Deliveries(db, scanLimit);
    this.#events = new Events(db, this.#deliveries, scanLimit);
    this.#people = new People(db);
  }

  async events(filter: EventFilter, limit: number, cursor?: string): Promise<Page<EventSummary>> {
    return this.#events.list(filter, limit, cursor);
  }

  async event(id: string): Promise<EventSummary | undefined> {
    const seq = seqOfEventId(id);
    return seq === undefined ? undefined : this.#events.one(seq);
  }

  async deliveries(filter: DeliveryFilter, limit: number, cursor?: string): Promise<Page<DeliverySummary>> {
    return this.#deliveries.list(filter, limit, cursor);
  }

  async delivery(id: JobId): Promise<DeliveryDetail | undefined> {
    return this.#deliveries.detail(id);
  }

  async findPeople(query: string): Promise<readonly PersonSummary[]> {
    return this.#people.find(query);
  }

  async person(pipelineId: string, subject: ConsentSubject): Promise<PersonRecord | undefined> {
    return this.#people.one(pipelineId, subject);
  }

  async activity(after: number, limit: number): Promise<readonly Activity[]> {
    return this.#trail.after(after, limit);
  }

  async activityHead(): Promise<number> {
    return this.#trail.head();
  }

  onActivity(hint: () => void): () => void {
    return this.#trail.onActivity(hint);
  }

  async stats(sinceMs: number, bucketMs: number, integrationId?: string): Promise<readonly StatsBucket[]> {
    return this.#trail.stats(sinceMs, bucketMs, integrationId);
  }
}
