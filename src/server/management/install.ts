/** Installs a vendor from the catalog: checks everything, then writes once. It must not know HTTP, and never contacts the account. */
import { Failure, type Problem } from '../../event/failure.ts';
import { type JsonObject, own } from '../../event/json.ts';
import type { Pipeline, PipelineIntegration, Revision, Template } from '../../store/ports/config-store.ts';
import { type InstallRequest, installSchema } from '../generated/install.ts';
import { bodyOf, validationFailed } from './http/body.ts';
import { findVendor } from './lookup.ts';
import type { Ports } from './ports.ts';
import { readSettings, type SettingsReading, sealSettings } from './settings.ts';
import { isJsonObject, type Vendor } from './vendor.ts';

export interface Installed {
  readonly template: Template;
  readonly revision: Revision;
  readonly integration: PipelineIntegration;
}

export const installBody = bodyOf<InstallRequest>(installSchema);

/**
 * Makes template, revision 1 and the pipeline integration in one commit. Throws NOT_FOUND for an unknown vendor,
 * VALIDATION_FAILED with one entry per wrong field, NAME_TAKEN; nothing is stored then.
 */
export async function install(
  ports: Ports,
  vendorKey: string,
  body: unknown,
  actor: string,
): Promise<Installed> {
  const vendor = findVendor(ports.vendors, vendorKey);
  const pipelines = await ports.store.config.pipelines();
  const problems = [...installBody.problems(body)];
  const config = configOf(vendor, body);
  const reading = config === undefined ? undefined : readSettings(vendor, config, ports.vault);
  const blueprint = blueprintOf(vendor, body);
  const pipeline = pipelineOf(pipelines, own(body, 'pipeline_id'));
  problems.push(...settingsProblems(reading, body), ...blueprint.problems, ...pipeline.problems);
  const found = onePerPath(problems);
  if (
    found.length > 0 ||
    !installBody.fits(body) ||
    reading === undefined ||
    blueprint.document === undefined ||
    pipeline.found === undefined
  ) {
    throw validationFailed(found);
  }
  await requireFreeName(ports, body.name.trim());
  const installed = compose(ports, vendor, body, reading, blueprint.document, pipeline.found, actor);
  await ports.store.config.install(installed.template, installed.revision, installed.integration);
  return installed;
}

/** What the variant starts from, the config over it, and the consent categories, which may also be given beside it. */
function configOf(vendor: Vendor, body: unknown): JsonObject | undefined {
  const config = own(body, 'config');
  if (!isJsonObject(config)) return undefined;
  const key = own(body, 'variant') ?? 'default';
  const start = vendor.catalog.variants.find((variant) => variant.key === key)?.default_config;
  const categories = own(body, 'consent_categories');
  return {
    ...(isJsonObject(start) ? start : {}),
    ...config,
    ...(isCategoryList(categories) ? { consent_categories: categories } : {}),
  };
}

function isCategoryList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string');
}

function settingsProblems(reading: SettingsReading | undefined, body: unknown): readonly Problem[] {
  const beside = own(body, 'consent_categories') !== undefined;
  const twice = beside && own(own(body, 'config'), 'consent_categories') !== undefined;
  const problems = (reading?.problems ?? []).map((problem) =>
    beside && problem.path.startsWith('consent_categories')
      ? problem
      : { ...problem, path: `config.${problem.path}` },
  );
  return twice
    ? [...problems, { path: 'consent_categories', message: 'is given twice, here and in config; keep one' }]
    : problems;
}

function blueprintOf(
  vendor: Vendor,
  body: unknown,
): { readonly document?: JsonObject; readonly problems: readonly Problem[] } {
  const variant = own(body, 'variant') ?? 'default';
  const variants = vendor.catalog.variants.map(({ key }) => key);
  if (typeof variant !== 'string') return { problems: [] };
  const shipped = variants.includes(variant) ? vendor.blueprint(variant) : undefined;
  const unknownVariant =
    shipped === undefined
      ? [
          {
            path: 'variant',
            message: `"${variant}" is not a variant of ${vendor.catalog.name}; it has ${variants.join(', ')}`,
          },
        ]
      : [];
  const given = own(body, 'blueprint');
  if (!isJsonObject(given)) {
    return { problems: unknownVariant, ...(shipped === undefined ? {} : { document: shipped }) };
  }
  const mistakes = vendor.checkBlueprint(given);
  return { document: given, problems: [...unknownVariant, ...mistakes.map(inBlueprint)] };
}

/** A mistake of a blueprint, placed in the request that carries it. */
export function inBlueprint(problem: Problem): Problem {
  return { ...problem, path: problem.path === '' ? 'blueprint' : `blueprint.${problem.path}` };
}

function pipelineOf(
  pipelines: readonly Pipeline[],
  id: unknown,
): { readonly found?: Pipeline; readonly problems: readonly Problem[] } {
  if (id === undefined) {
    const found = defaultPipeline(pipelines);
    return found === undefined
      ? { problems: [{ path: 'pipeline_id', message: 'is required: there is no default pipeline yet' }] }
      : { found, problems: [] };
  }
  const found = pipelines.find((pipeline) => pipeline.id === id);
  if (found !== undefined) return { found, problems: [] };
  return { problems: [{ path: 'pipeline_id', message: 'names no pipeline' }] };
}

/** The oldest pipeline: the one that the first start made. */
export function defaultPipeline(pipelines: readonly Pipeline[]): Pipeline | undefined {
  return [...pipelines].sort((a, b) => a.createdAtMs - b.createdAtMs)[0];
}

function onePerPath(problems: readonly Problem[]): readonly Problem[] {
  const seen = new Set<string>();
  return problems.filter(({ path }) => !seen.has(path) && seen.add(path));
}

/** A courtesy before the work; the store's own uniqueness is what holds when two installs race. */
async function requireFreeName(ports: Ports, name: string): Promise<void> {
  if ((await ports.store.config.templates()).some((template) => template.name === name))
    throw nameTaken(name);
}

export function nameTaken(name: string): Failure {
  return new Failure('NAME_TAKEN', `There is already an integration named "${name}". Choose another name.`, {
    details: [{ path: 'name', message: 'is taken' }],
  });
}

function compose(
  ports: Ports,
  vendor: Vendor,
  request: InstallRequest,
  reading: SettingsReading,
  blueprint: JsonObject,
  pipeline: Pipeline,
  actor: string,
): Installed {
  const nowMs = ports.clock.now();
  const id = (prefix: string): string => `${prefix}_${ports.random.token(12)}`;
  const templateId = id('tmpl');
  const revisionId = id('rev');
  return {
    template: {
      id: templateId,
      name: request.name.trim(),
      vendor: vendor.catalog.key,
      description: vendor.catalog.description,
      catalogVendorKey: vendor.catalog.key,
      catalogVariantKey: request.variant ?? 'default',
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    },
    revision: {
      id: revisionId,
      templateId,
      number: 1,
      blueprint,
      ...sealSettings(vendor, reading, ports.vault, templateId),
      deliveryMode: request.delivery_mode ?? 'server_side',
      changeSummary: 'Installed from the catalog',
      createdBy: actor,
      createdAtMs: nowMs,
    },
    integration: {
      id: id('pi'),
      pipelineId: pipeline.id,
      templateId,
      revisionId,
      enabled: true,
      createdAtMs: nowMs,
      updatedAtMs: nowMs,
    },
  };
}
