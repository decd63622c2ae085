/** Finds configured things by id, or says that they are not there. It must not know HTTP. */
import { Failure } from '../../event/failure.ts';
import type {
  ConfigStore,
  Pipeline,
  PipelineIntegration,
  Revision,
  Template,
} from '../../store/ports/config-store.ts';
import type { Vendor } from './vendor.ts';

function notFound(what: string, id: string): Failure {
  return new Failure('NOT_FOUND', `There is no ${what} "${id}".`);
}

export function findVendor(vendors: ReadonlyMap<string, Vendor>, key: string): Vendor {
  const vendor = vendors.get(key);
  if (vendor !== undefined) return vendor;
  const known = [...vendors.keys()].join(', ');
  throw new Failure('NOT_FOUND', `The catalog has no vendor "${key}". It has: ${known}.`);
}

export async function findTemplate(config: ConfigStore, id: string): Promise<Template> {
  const found = (await config.templates()).find((template) => template.id === id);
  if (found === undefined) throw notFound('integration template', id);
  return found;
}

export async function findIntegration(config: ConfigStore, id: string): Promise<PipelineIntegration> {
  const found = (await config.integrations()).find((integration) => integration.id === id);
  if (found === undefined) throw notFound('pipeline integration', id);
  return found;
}

export async function findPipeline(config: ConfigStore, id: string): Promise<Pipeline> {
  const found = (await config.pipelines()).find((pipeline) => pipeline.id === id);
  if (found === undefined) throw notFound('pipeline', id);
  return found;
}

/** The revisions of a template that exists, oldest first. */
export async function revisionsOf(config: ConfigStore, templateId: string): Promise<readonly Revision[]> {
  return [...(await config.revisions(templateId))].sort((a, b) => a.number - b.number);
}

/** The newest revision; every template has one from its installation on. */
export async function newestRevision(config: ConfigStore, templateId: string): Promise<Revision> {
  const newest = (await revisionsOf(config, templateId)).at(-1);
  if (newest === undefined) throw notFound('revision of template', templateId);
  return newest;
}

/** The revision with this number, written as in a path. */
export async function findRevision(
  config: ConfigStore,
  templateId: string,
  number: string,
): Promise<Revision> {
  const found = (await config.revisions(templateId)).find((revision) => String(revision.number) === number);
  if (found === undefined) throw notFound(`revision of "${templateId}" with the number`, number);
  return found;
}
