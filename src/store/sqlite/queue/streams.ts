/** Which integration's jobs belong to which lane. It must not know jobs. */
import type { Database, Statement } from 'better-sqlite3';

export interface StreamRow {
  readonly no: number;
  readonly lane: string;
  readonly integration_id: string;
  readonly template_id: string;
  readonly is_current: 0 | 1;
  readonly closed_ms: number | null;
  readonly waiting: number;
  readonly open: number;
  /** Of the open ones, those that wait for a person. */
  readonly held: number;
}

const IS_ACTIVE = `NOT EXISTS (SELECT 1 FROM template_stops s WHERE s.template_id = streams.template_id)
  AND NOT EXISTS (SELECT 1 FROM integrations i WHERE i.id = streams.integration_id AND i.enabled = 0)`;

/** All writes belong into an open transaction. */
export class Streams {
  readonly #find: Statement<[string, string], StreamRow>;
  readonly #current: Statement<[string], StreamRow>;
  readonly #ofLane: Statement<[string], StreamRow>;
  readonly #activeOfLane: Statement<[string], number>;
  readonly #isActive: Statement<[number], number>;
  readonly #ofTemplate: Statement<[string], StreamRow>;
  readonly #ofIntegration: Statement<[string], StreamRow>;
  readonly #lanes: Statement<[], string>;
  readonly #unsetCurrent: Statement<[string]>;
  readonly #setCurrent: Statement<[number]>;
  readonly #insert: Statement<[string, string, string, number]>;
  readonly #move: Statement<[string, number]>;
  readonly #close: Statement<[number, number]>;
  readonly #closed: Statement<[], StreamRow>;
  readonly #seeLane: Statement<[string]>;

  constructor(db: Database) {
    this.#find = db.prepare(
      'SELECT * FROM streams WHERE integration_id = ? AND lane = ? AND closed_ms IS NULL ORDER BY no LIMIT 1',
    );
    this.#current = db.prepare('SELECT * FROM streams WHERE integration_id = ? AND is_current = 1');
    this.#ofLane = db.prepare('SELECT * FROM streams WHERE lane = ? ORDER BY no');
    this.#activeOfLane = db
      .prepare<[string], number>(
        `SELECT no FROM streams WHERE lane = ? AND open > 0 AND closed_ms IS NULL AND ${IS_ACTIVE} ORDER BY no`,
      )
      .pluck();
    this.#isActive = db
      .prepare<[number], number>(
        `SELECT EXISTS (SELECT 1 FROM streams WHERE no = ? AND closed_ms IS NULL AND ${IS_ACTIVE})`,
      )
      .pluck();
    this.#ofTemplate = db.prepare('SELECT * FROM streams WHERE template_id = ? ORDER BY no');
    this.#ofIntegration = db.prepare('SELECT * FROM streams WHERE integration_id = ? ORDER BY no');
    this.#lanes = db.prepare<[], string>('SELECT DISTINCT lane FROM streams ORDER BY lane').pluck();
    this.#unsetCurrent = db.prepare(
      'UPDATE streams SET is_current = 0 WHERE integration_id = ? AND is_current = 1',
    );
    this.#setCurrent = db.prepare('UPDATE streams SET is_current = 1 WHERE no = ?');
    this.#insert = db.prepare(
      'INSERT INTO streams (lane, integration_id, template_id, is_current) VALUES (?, ?, ?, ?)',
    );
    this.#move = db.prepare('UPDATE streams SET lane = ? WHERE no = ?');
    this.#close = db.prepare('UPDATE streams SET closed_ms = ?, is_current = 0 WHERE no = ?');
    this.#closed = db.prepare(
      'SELECT * FROM streams INDEXED BY streams_closed WHERE closed_ms IS NOT NULL AND open > 0 ORDER BY no',
    );
    this.#seeLane = db.prepare('INSERT INTO lanes (lane) VALUES (?) ON CONFLICT DO NOTHING');
  }

  /** The stream for new jobs of the integration on the lane. It becomes the integration's current one. */
  enter(lane: string, integrationId: string, templateId: string): number {
    const current = this.#current.get(integrationId);
    if (current?.lane === lane) return current.no;
    const found = this.#find.get(integrationId, lane)?.no ?? this.#create(lane, integrationId, templateId);
    this.#unsetCurrent.run(integrationId);
    this.#setCurrent.run(found);
    return found;
  }

  /** The stream that the integration's newest jobs went to. */
  current(integrationId: string): StreamRow | undefined {
    return this.#current.get(integrationId);
  }

  /** The stream beside the current one, for jobs under way that stay behind on a lane. */
  aside(lane: string, { integration_id, template_id }: StreamRow): number {
    return this.#find.get(integration_id, lane)?.no ?? this.#create(lane, integration_id, template_id);
  }

  move(no: number, to: string): void {
    this.#seeLane.run(to);
    this.#move.run(to, no);
  }

  /** Nothing leaves it any more, and nothing is added. */
  close(no: number, nowMs: number): void {
    this.#close.run(nowMs, no);
  }

  /** Closed streams that still have open jobs. */
  closed(): readonly StreamRow[] {
    return this.#closed.all();
  }

  ofLane(lane: string): readonly StreamRow[] {
    return this.#ofLane.all(lane);
  }

  /** Streams of the lane that have open jobs and are neither stopped nor disabled. */
  activeOfLane(lane: string): readonly number[] {
    return this.#activeOfLane.all(lane);
  }

  /** Whether its jobs may leave: its integration is neither stopped, disabled nor removed. */
  isActive(no: number): boolean {
    return this.#isActive.get(no) === 1;
  }

  ofTemplate(templateId: string): readonly StreamRow[] {
    return this.#ofTemplate.all(templateId);
  }

  ofIntegration(integrationId: string): readonly StreamRow[] {
    return this.#ofIntegration.all(integrationId);
  }

  lanes(): readonly string[] {
    return this.#lanes.all();
  }

  #create(lane: string, integrationId: string, templateId: string): number {
    this.#seeLane.run(lane);
    return Number(this.#insert.run(lane, integrationId, templateId, 0).lastInsertRowid);
  }
}
