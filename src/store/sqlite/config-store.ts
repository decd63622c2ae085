/** Pipelines, templates, revisions and what ties them together. It must not know what a blueprint or a setting means. */
import type { Database, Statement } from 'better-sqlite3';
import { Failure } from '../../event/failure.ts';
import type {
  ConfigStore,
  LaneMove,
  Pin,
  Pipeline,
  PipelineIntegration,
  RemovedTemplate,
  Revision,
  Template,
} from '../ports/config-store.ts';
import { decode, encode } from './codec.ts';
import type { GroupCommit } from './group-commit.ts';
import { Hints } from './hints.ts';
import type { SqliteQueue } from './queue/sqlite-queue.ts';

interface PinRow {
  readonly integration_id: string;
  readonly after_seq: number;
  readonly revision_id: string;
  readonly enabled: 0 | 1;
}

interface Body {
  readonly body: string;
}

export class SqliteConfigStore implements ConfigStore {
  readonly #group: GroupCommit;
  readonly #queue: SqliteQueue;
  readonly #hints = new Hints();
  readonly #sql: ReturnType<typeof statements>;

  constructor(db: Database, group: GroupCommit, queue: SqliteQueue) {
    this.#group = group;
    this.#queue = queue;
    this.#sql = statements(db);
  }

  async version(): Promise<number> {
    return this.#sql.version.get() ?? 0;
  }

  async pipelines(): Promise<readonly Pipeline[]> {
    return all<Pipeline>(this.#sql.pipelines);
  }

  async templates(): Promise<readonly Template[]> {
    return all<Template>(this.#sql.templates);
  }

  async revisions(templateId: string): Promise<readonly Revision[]> {
    return this.#sql.revisions.all(templateId).map(({ body }) => decode<Revision>(body));
  }

  async revision(id: string): Promise<Revision | undefined> {
    const row = this.#sql.revision.get(id);
    return row === undefined ? undefined : decode<Revision>(row.body);
  }

  async integrations(): Promise<readonly PipelineIntegration[]> {
    return all<PipelineIntegration>(this.#sql.integrations);
  }

  async pins(): Promise<readonly Pin[]> {
    return this.#sql.pins.all().map((row) => ({
      integrationId: row.integration_id,
      afterSeq: row.after_seq,
      revisionId: row.revision_id,
      enabled: row.enabled === 1,
    }));
  }

  putPipeline(pipeline: Pipeline): Promise<void> {
    const { id, name, pipelineKey } = pipeline;
    return this.#change(() => {
      if (this.#sql.pipelineNamed.get(name, id) !== undefined) throw nameTaken('pipeline', name);
      if (this.#sql.pipelineKeyed.get(pipelineKey, id) !== undefined) {
        throw new Failure(
          'CONFLICT',
          `Another pipeline has the key of pipeline "${name}". Generate another key.`,
        );
      }
      this.#sql.putPipeline.run(id, name, pipelineKey, encode(pipeline));
    });
  }

  install(template: Template, revision: Revision, integration: PipelineIntegration): Promise<void> {
    return this.#change(() => {
      this.#putTemplate(template);
      this.#insertRevision(revision);
      this.#putIntegration(integration);
    });
  }

  putTemplate(template: Template): Promise<void> {
    return this.#change(() => this.#putTemplate(template));
  }

  addRevision(revision: Revision, pinned: readonly PipelineIntegration[], move?: LaneMove): Promise<void> {
    return this.#change(() => {
      this.#insertRevision(revision);
      for (const integration of pinned) this.#putIntegration(integration);
      this.#queue.resumeTemplate(revision.templateId, revision.createdAtMs);
      if (move !== undefined) this.#queue.moveTemplate(move.templateId, move.to);
    });
  }

  putIntegration(integration: PipelineIntegration): Promise<void> {
    return this.#change(() => this.#putIntegration(integration));
  }

  async deleteTemplate(id: string, nowMs: number): Promise<void> {
    await this.#change(() => {
      this.#queue.closeTemplate(id, nowMs);
      this.#sql.keepRemoved.run({ id, nowMs });
      this.#sql.deletePinsOfTemplate.run(id);
      this.#sql.deleteIntegrationsOfTemplate.run(id);
      this.#sql.deleteTemplate.run(id);
    });
    await this.#cancelClosed();
  }

  async undeleteTemplate(id: string, removedSinceMs: number): Promise<Template | undefined> {
    let template: Template | undefined;
    await this.#change(() => {
      const removed = this.#sql.removed.get(id, removedSinceMs);
      if (removed === undefined) return;
      template = decode<Template>(removed.template);
      this.#putTemplate(template);
      for (const integration of decode<readonly PipelineIntegration[]>(removed.integrations))
        this.#putIntegration(integration);
      this.#sql.forgetRemoved.run(id);
    });
    return template;
  }

  async removedTemplates(sinceMs: number): Promise<readonly RemovedTemplate[]> {
    return this.#sql.removedSince
      .all(sinceMs)
      .map(({ template, removed_ms }) => ({ template: decode(template), removedAtMs: removed_ms }));
  }

  async deleteIntegration(id: string, nowMs: number): Promise<void> {
    await this.#change(() => {
      this.#queue.closeIntegration(id, nowMs);
      this.#sql.deletePins.run(id);
      this.#sql.deleteIntegration.run(id);
    });
    await this.#cancelClosed();
  }

  onChange(hint: () => void): () => void {
    return this.#hints.listen(hint);
  }

  /** Piece by piece, so that nobody waits long for a commit; after a crash in between, upkeep goes on with it. */
  async #cancelClosed(): Promise<void> {
    while ((await this.#group.submit(() => this.#queue.cancelClosed())) > 0);
  }

  /** One commit that makes the version one higher. A change may also have set jobs free. */
  #change(work: () => void): Promise<void> {
    return this.#group.submit(
      () => {
        work();
        this.#sql.nextVersion.run();
      },
      () => {
        this.#hints.give();
        this.#queue.giveHint();
      },
    );
  }

  #putTemplate(template: Template): void {
    const { id, name } = template;
    if (this.#sql.templateNamed.get(name, id) !== undefined) throw nameTaken('integration template', name);
    this.#sql.putTemplate.run(id, name, encode(template));
  }

  #insertRevision(revision: Revision): void {
    const { id, templateId, number } = revision;
    if (this.#sql.revisionNumbered.get(templateId, number) !== undefined) {
      throw new Failure(
        'CONFLICT',
        `Somebody else saved revision ${number} of template ${templateId} meanwhile. Load it again and repeat the change.`,
      );
    }
    this.#sql.insertRevision.run(id, templateId, number, encode(revision));
  }

  #putIntegration(integration: PipelineIntegration): void {
    const { id, templateId, revisionId, enabled } = integration;
    const isEnabled = enabled ? 1 : 0;
    this.#sql.putIntegration.run(id, templateId, isEnabled, encode(integration));
    const newest = this.#sql.newestPin.get(id);
    if (newest?.revision_id === revisionId && newest.enabled === isEnabled) return;
    this.#sql.pin.run(id, revisionId, isEnabled);
  }
}

function all<T>(statement: Statement<[], Body>): readonly T[] {
  return statement.all().map(({ body }) => decode<T>(body));
}

function nameTaken(what: string, name: string): Failure {
  return new Failure('NAME_TAKEN', `There is already a ${what} named "${name}". Choose another name.`, {
    details: [{ path: 'name', message: 'is taken' }],
  });
}

function statements(db: Database) {
  return {
    version: db.prepare<[], number>("SELECT value FROM meta WHERE name = 'config_version'").pluck(),
    nextVersion: db.prepare<[]>("UPDATE meta SET value = value + 1 WHERE name = 'config_version'"),
    pipelines: db.prepare<[], Body>('SELECT body FROM pipelines ORDER BY rowid'),
    pipelineNamed: db.prepare<[string, string]>('SELECT 1 FROM pipelines WHERE name = ? AND id <> ?'),
    pipelineKeyed: db.prepare<[string, string]>('SELECT 1 FROM pipelines WHERE pipeline_key = ? AND id <> ?'),
    putPipeline: db.prepare<[string, string, string, string]>(
      `INSERT INTO pipelines VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE
       SET name = excluded.name, pipeline_key = excluded.pipeline_key, body = excluded.body`,
    ),
    templates: db.prepare<[], Body>('SELECT body FROM templates ORDER BY rowid'),
    templateNamed: db.prepare<[string, string]>('SELECT 1 FROM templates WHERE name = ? AND id <> ?'),
    putTemplate: db.prepare<[string, string, string]>(
      'INSERT INTO templates VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name, body = excluded.body',
    ),
    deleteTemplate: db.prepare<[string]>('DELETE FROM templates WHERE id = ?'),
    keepRemoved: db.prepare<[{ id: string; nowMs: number }]>(
      `INSERT OR REPLACE INTO removed_templates SELECT id, @nowMs, body,
         (SELECT json_group_array(json(i.body)) FROM integrations i WHERE i.template_id = @id)
       FROM templates WHERE id = @id`,
    ),
    removed: db.prepare<[string, number], { readonly template: string; readonly integrations: string }>(
      'SELECT template, integrations FROM removed_templates WHERE id = ? AND removed_ms >= ?',
    ),
    removedSince: db.prepare<[number], { readonly template: string; readonly removed_ms: number }>(
      'SELECT template, removed_ms FROM removed_templates WHERE removed_ms >= ? ORDER BY removed_ms DESC LIMIT 100',
    ),
    forgetRemoved: db.prepare<[string]>('DELETE FROM removed_templates WHERE id = ?'),
    revisions: db.prepare<[string], Body>('SELECT body FROM revisions WHERE template_id = ? ORDER BY number'),
    revision: db.prepare<[string], Body>('SELECT body FROM revisions WHERE id = ?'),
    revisionNumbered: db.prepare<[string, number]>(
      'SELECT 1 FROM revisions WHERE template_id = ? AND number = ?',
    ),
    insertRevision: db.prepare<[string, string, number, string]>('INSERT INTO revisions VALUES (?, ?, ?, ?)'),
    integrations: db.prepare<[], Body>('SELECT body FROM integrations ORDER BY rowid'),
    putIntegration: db.prepare<[string, string, number, string]>(
      `INSERT INTO integrations VALUES (?, ?, ?, ?) ON CONFLICT (id) DO UPDATE
       SET template_id = excluded.template_id, enabled = excluded.enabled, body = excluded.body`,
    ),
    deleteIntegration: db.prepare<[string]>('DELETE FROM integrations WHERE id = ?'),
    deleteIntegrationsOfTemplate: db.prepare<[string]>('DELETE FROM integrations WHERE template_id = ?'),
    pins: db.prepare<[], PinRow>('SELECT * FROM pins ORDER BY integration_id, after_seq'),
    newestPin: db.prepare<[string], PinRow>(
      'SELECT * FROM pins WHERE integration_id = ? ORDER BY after_seq DESC LIMIT 1',
    ),
    pin: db.prepare<[string, string, number]>(
      `INSERT OR REPLACE INTO pins
       VALUES (?, coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0), ?, ?)`,
    ),
    deletePins: db.prepare<[string]>('DELETE FROM pins WHERE integration_id = ?'),
    deletePinsOfTemplate: db.prepare<[string]>(
      'DELETE FROM pins WHERE integration_id IN (SELECT id FROM integrations WHERE template_id = ?)',
    ),
  };
}
