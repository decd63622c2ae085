/** Changing an integration: new revisions, restore, what changed, name, removal. It must not know HTTP. */
import { Failure, type Problem } from '../../event/failure.ts';
import type { JsonObject } from '../../event/json.ts';
import type { LaneMove, PipelineIntegration, Revision, Template } from '../../store/ports/config-store.ts';
import { validationFailed } from './http/body.ts';
import { inBlueprint, nameTaken } from './install.ts';
import { findRevision, findTemplate, findVendor, newestRevision, revisionsOf } from './lookup.ts';
import type { Ports } from './ports.ts';
import { diffSettings, readSettings, type SealedSettings, sealSettings } from './settings.ts';
import type { Vendor } from './vendor.ts';
import { iso } from './views.ts';

export interface ReviseRequest {
  readonly blueprint?: JsonObject;
  readonly config?: JsonObject;
  readonly change_summary: string;
  readonly publish?: boolean;
}

/**
 * Adds a revision. Unless `publish` is false, every pipeline integration that was on the latest published revision is
 * pinned to it in the same commit. A changed account moves the waiting jobs to the new lane.
 */
export async function revise(
  ports: Ports,
  templateId: string,
  request: ReviseRequest,
  actor: string,
): Promise<Revision> {
  const template = await findTemplate(ports.store.config, templateId);
  const vendor = findVendor(ports.vendors, template.catalogVendorKey);
  const former = await newestRevision(ports.store.config, templateId);
  if (request.blueprint === undefined && request.config === undefined) {
    throw validationFailed([
      { path: 'blueprint', message: 'or config is required: a revision changes at least one of them' },
    ]);
  }
  return addRevision(ports, vendor, former, {
    ...readDraft(ports, vendor, former, request),
    changeSummary: request.change_summary.trim(),
    createdBy: actor,
    publish: request.publish ?? true,
  });
}

/** Blueprint and settings as a revision after `former` would keep them. Throws VALIDATION_FAILED or BLUEPRINT_INVALID. */
function readDraft(
  ports: Ports,
  vendor: Vendor,
  former: Revision,
  { blueprint, config }: Pick<ReviseRequest, 'blueprint' | 'config'>,
): SealedSettings & { readonly blueprint: JsonObject } {
  const reading = config === undefined ? undefined : readSettings(vendor, config, ports.vault, former);
  const problems = [
    ...(blueprint === undefined ? [] : vendor.checkBlueprint(blueprint).map(inBlueprint)),
    ...inConfig(reading?.problems ?? []),
  ];
  if (problems.length > 0) throw refusal(problems);
  return {
    blueprint: blueprint ?? former.blueprint,
    ...(reading === undefined
      ? { settings: former.settings, sealed: former.sealed }
      : sealSettings(vendor, reading, ports.vault, former.templateId, former)),
  };
}

/**
 * Makes the blueprint and the settings of an earlier revision the newest again. Address and credentials stay as they
 * are now: an old key would only stop the delivery.
 */
export async function restore(
  ports: Ports,
  templateId: string,
  number: string,
  request: { readonly change_summary?: string; readonly publish?: boolean },
  actor: string,
): Promise<Revision> {
  const template = await findTemplate(ports.store.config, templateId);
  const vendor = findVendor(ports.vendors, template.catalogVendorKey);
  const former = await newestRevision(ports.store.config, templateId);
  const earlier = await findRevision(ports.store.config, templateId, number);
  return addRevision(ports, vendor, former, {
    blueprint: earlier.blueprint,
    settings: { ...without(earlier.settings, vendor), ...only(former.settings, vendor) },
    sealed: former.sealed,
    changeSummary: request.change_summary?.trim() ?? `Restored revision ${earlier.number}`,
    createdBy: actor,
    publish: request.publish ?? true,
  });
}

interface Draft extends SealedSettings {
  readonly blueprint: JsonObject;
  readonly changeSummary: string;
  readonly createdBy: string;
  readonly publish: boolean;
}

async function addRevision(ports: Ports, vendor: Vendor, former: Revision, draft: Draft): Promise<Revision> {
  const { publish, ...content } = draft;
  const connectionChanged = changesConnection(vendor, former, draft);
  if (!publish && connectionChanged) {
    throw refusal([
      {
        path: 'publish',
        message:
          'must not be false when address or credentials change: those take effect for every revision at once',
      },
    ]);
  }
  const revision: Revision = {
    id: `rev_${ports.random.token(12)}`,
    templateId: former.templateId,
    number: former.number + 1,
    deliveryMode: former.deliveryMode,
    createdAtMs: ports.clock.now(),
    ...content,
  };
  const pinned = publish ? await onLatest(ports, former.templateId) : [];
  await ports.store.config.addRevision(
    revision,
    pinned.map((integration) => ({
      ...integration,
      revisionId: revision.id,
      updatedAtMs: revision.createdAtMs,
    })),
    laneMove(vendor, former, revision),
  );
  if (connectionChanged) ports.hooks.probe?.(former.templateId);
  return revision;
}

/** A secret that is sealed anew counts as changed even when it is the same: whoever sends it wants it tried. */
function changesConnection(vendor: Vendor, from: SealedSettings, to: SealedSettings): boolean {
  return [...vendor.connection].some(
    (name) =>
      from.sealed[name] !== to.sealed[name] ||
      JSON.stringify(from.settings[name]) !== JSON.stringify(to.settings[name]),
  );
}

function laneMove(vendor: Vendor, from: Revision, to: Revision): LaneMove | undefined {
  const account = vendor.account(to.settings);
  return account === vendor.account(from.settings) ? undefined : { templateId: to.templateId, to: account };
}

/**
 * The pipeline integrations that are on the newest revision that was ever pinned. Drafts in between do not count, so
 * publishing after a draft moves the same integrations as without it.
 */
async function onLatest(ports: Ports, templateId: string): Promise<readonly PipelineIntegration[]> {
  const { config } = ports.store;
  const [integrations, pins, revisions] = await Promise.all([
    config.integrations(),
    config.pins(),
    revisionsOf(config, templateId),
  ]);
  const pinnedOnce = new Set(pins.map(({ revisionId }) => revisionId));
  const latest = revisions.findLast(({ id }) => pinnedOnce.has(id));
  return integrations.filter(
    (integration) => integration.templateId === templateId && integration.revisionId === latest?.id,
  );
}

/** What changed from one revision to another, in words: blueprint first, then settings. */
export async function diff(
  ports: Ports,
  templateId: string,
  number: string,
  against: string,
): Promise<{ readonly from: number; readonly to: number; readonly changes: readonly string[] }> {
  const template = await findTemplate(ports.store.config, templateId);
  const vendor = findVendor(ports.vendors, template.catalogVendorKey);
  const to = await findRevision(ports.store.config, templateId, number);
  const from = await findRevision(ports.store.config, templateId, against);
  return {
    from: from.number,
    to: to.number,
    changes: [...vendor.diffBlueprints(from.blueprint, to.blueprint), ...diffSettings(from, to)],
  };
}

/** What a draft would change of the newest revision, in words. Nothing is saved. Throws as `revise` does for a draft that is wrong. */
export async function diffDraft(
  ports: Ports,
  templateId: string,
  draft: Pick<ReviseRequest, 'blueprint' | 'config'>,
): Promise<{ readonly from: number; readonly to: null; readonly changes: readonly string[] }> {
  const template = await findTemplate(ports.store.config, templateId);
  const vendor = findVendor(ports.vendors, template.catalogVendorKey);
  const from = await newestRevision(ports.store.config, templateId);
  const to = readDraft(ports, vendor, from, draft);
  return {
    from: from.number,
    to: null,
    changes: [...vendor.diffBlueprints(from.blueprint, to.blueprint), ...diffSettings(from, to)],
  };
}

/** Changes name and description. Throws NAME_TAKEN. */
export async function patchTemplate(
  ports: Ports,
  id: string,
  change: { readonly name?: string; readonly description?: string },
): Promise<Template> {
  const former = await findTemplate(ports.store.config, id);
  const name = change.name?.trim() ?? former.name;
  const others = (await ports.store.config.templates()).filter((template) => template.id !== id);
  if (others.some((template) => template.name === name)) throw nameTaken(name);
  const template: Template = {
    ...former,
    name,
    description: change.description ?? former.description,
    updatedAtMs: ports.clock.now(),
  };
  await ports.store.config.putTemplate(template);
  return template;
}

/** Removes the template and its pipeline integrations; their waiting jobs are cancelled, history stays readable. */
export async function deleteTemplate(ports: Ports, id: string): Promise<void> {
  await findTemplate(ports.store.config, id);
  await ports.store.config.deleteTemplate(id, ports.clock.now());
}

const UNDELETE_MS = 30 * 86_400_000;

/** What may be brought back, the last removed first. */
export async function removedTemplates({ store, clock }: Ports) {
  const removed = await store.config.removedTemplates(clock.now() - UNDELETE_MS);
  return removed.map(({ template: { id, name, vendor }, removedAtMs }) => ({
    id,
    name,
    vendor,
    removed_at: iso(removedAtMs),
    until: iso(removedAtMs + UNDELETE_MS),
  }));
}

/** Brings a removed template back with its pipeline integrations. Throws NOT_FOUND after 30 days, NAME_TAKEN. */
export async function undeleteTemplate(ports: Ports, id: string): Promise<Template> {
  const { config } = ports.store;
  const template = await config.undeleteTemplate(id, ports.clock.now() - UNDELETE_MS);
  if (template !== undefined) return template;
  // Whoever asks twice, or undoes what was not done, gets what there is.
  return findTemplate(config, id);
}

function inConfig(problems: readonly Problem[]): readonly Problem[] {
  return problems.map((problem) => ({ ...problem, path: `config.${problem.path}` }));
}

function refusal(problems: readonly Problem[]): Failure {
  const onlyBlueprint = problems.every(({ path }) => path.startsWith('blueprint.') || path === 'blueprint');
  const failure = validationFailed(problems);
  return onlyBlueprint ? new Failure('BLUEPRINT_INVALID', failure.message, { details: problems }) : failure;
}

function only(settings: JsonObject, vendor: Vendor): JsonObject {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => vendor.connection.has(name)));
}

function without(settings: JsonObject, vendor: Vendor): JsonObject {
  return Object.fromEntries(Object.entries(settings).filter(([name]) => !vendor.connection.has(name)));
}
