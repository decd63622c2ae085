/** What can be asked of an installed integration and its account: actions, choices, a test of settings, going on after a stop. It must not know HTTP. */
import type { ConnectionCheck } from '../../destination/definition.ts';
import { Failure } from '../../event/failure.ts';
import type { JsonObject } from '../../event/json.ts';
import type { Template } from '../../store/ports/config-store.ts';
import { validationFailed } from './http/body.ts';
import { findTemplate, findVendor, newestRevision } from './lookup.ts';
import type { Ports } from './ports.ts';
import { clearSettings, maskedSettings, readSettings } from './settings.ts';
import type { ActionWords, ChoiceQuery, Choices } from './vendor.ts';

/** The actions of the integration's destination, judged by its newest settings. */
export async function actionsOf(ports: Ports, templateId: string): Promise<readonly ActionWords[]> {
  const { vendor, newest } = await installed(ports, templateId);
  return vendor.actions(maskedSettings(newest));
}

/** The account's own choices for a field. Throws NOT_FOUND for a field that has none; an account that does not answer is told in `error`. */
export async function choicesOf(
  ports: Ports,
  templateId: string,
  action: string,
  field: string,
  query: ChoiceQuery,
): Promise<Choices> {
  const { vendor, newest } = await installed(ports, templateId);
  const choices = await vendor.choices(clearSettings(newest, ports.vault), action, field, query);
  if (choices === undefined)
    throw new Failure('NOT_FOUND', `There are no choices for the field "${field}" of "${action}".`);
  return choices;
}

/** Tries settings out as an installed integration would use them: a secret that is left out or masked is the stored one. Saves nothing. */
export async function testTemplateConnection(
  ports: Ports,
  templateId: string,
  config: JsonObject,
): Promise<readonly ConnectionCheck[]> {
  const { vendor, newest } = await installed(ports, templateId);
  const { clear, problems } = readSettings(vendor, config, ports.vault, newest);
  if (problems.length > 0)
    throw validationFailed(problems.map((problem) => ({ ...problem, path: `config.${problem.path}` })));
  return vendor.testConnection(clear);
}

/** Lifts the stop of the integration and that of its account, and tries the account at once. What is still wrong stops it again. */
export async function resume(ports: Ports, templateId: string): Promise<Template> {
  const { template, vendor, newest } = await installed(ports, templateId);
  const nowMs = ports.clock.now();
  await ports.store.queue.resume({ templateId }, nowMs);
  await ports.store.queue.resume({ lane: vendor.account(newest.settings) }, nowMs);
  ports.hooks.probe?.(templateId);
  return template;
}

async function installed(ports: Ports, templateId: string) {
  const template = await findTemplate(ports.store.config, templateId);
  return {
    template,
    vendor: findVendor(ports.vendors, template.catalogVendorKey),
    newest: await newestRevision(ports.store.config, templateId),
  };
}
