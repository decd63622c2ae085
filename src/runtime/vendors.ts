/** What the management API needs of each destination, from its compiled form and the blueprints that ship. It must not know any vendor. */
import { readdirSync, readFileSync } from 'node:fs';
import { checkBlueprint } from '../blueprint/document/check.ts';
import { diffBlueprints } from '../blueprint/document/diff.ts';
import type { Clock } from '../clock.ts';
import { executeDynamicField } from '../destination/calls.ts';
import type { CompiledDestination } from '../destination/compile.ts';
import { openSession } from '../destination/dispatch.ts';
import type { CatalogVendor } from '../destination/generated/catalog.ts';
import type { Transport } from '../destination/transport.ts';
import type { JsonObject } from '../event/json.ts';
import type { ActionWords, Vendor, VendorInbound } from '../server/management/vendor.ts';
import { defaultActionsOf, laneOf } from './revision-compiler.ts';

export interface VendorOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly allowedOrigins: readonly string[];
  readonly trackingUrl?: string;
}

const BLUEPRINTS = new URL('../../blueprints/', import.meta.url);

/** The blueprints that ship with a destination, by variant: `blueprints/{vendor}/{variant}.json`. */
function shippedBlueprints(vendorKey: string): ReadonlyMap<string, JsonObject> {
  const folder = new URL(`${vendorKey}/`, BLUEPRINTS);
  const files = readdirSync(folder).filter((name) => name.endsWith('.json') && !name.endsWith('.cases.json'));
  return new Map(
    files.map((name) => [
      name.slice(0, -'.json'.length),
      JSON.parse(readFileSync(new URL(name, folder), 'utf8')),
    ]),
  );
}

export function createVendor(destination: CompiledDestination, options: VendorOptions): Vendor {
  const { definition } = destination;
  const { catalog } = definition;
  if (catalog === undefined) throw new TypeError(`The destination ${destination.slug} has no catalog entry.`);
  const actions = Object.fromEntries(
    Object.entries(destination.actions).map(([slug, action]) => [slug, action.definition]),
  );
  const blueprints = shippedBlueprints(catalog.key);
  const secrets = new Set(destination.secrets);
  const check = (settings: JsonObject) =>
    destination.checkSettings(settings, { allowedOrigins: options.allowedOrigins });
  const found = (document: JsonObject, wanted: 'error' | 'warning', sampleEvents: readonly unknown[] = []) =>
    checkBlueprint(document, {
      actions,
      defaultActions: defaultActionsOf(destination),
      sampleEvents,
    }).problems.filter(({ severity }) => severity === wanted);
  return {
    catalog,
    secrets,
    connection: new Set([...secrets, ...placesOf(catalog)]),
    checkSettings(settings) {
      const checked = check(settings);
      return checked.ok ? [] : checked.problems;
    },
    account: (settings) => laneOf(destination, settings),
    blueprint: (variant) => blueprints.get(variant),
    checkBlueprint: (document) => found(document, 'error'),
    warnings: (document, sampleEvents) => found(document, 'warning', sampleEvents),
    diffBlueprints: (from, to) => diffBlueprints(from, to),
    async testConnection(settings) {
      const checked = check(settings);
      if (!checked.ok)
        return checked.problems.map(({ path, message }) => ({
          name: path,
          ok: false,
          message,
          fix: `Correct ${path}.`,
        }));
      const session = openSession({ destination, settings: checked.settings, ...options });
      return (
        (await definition.testConnection?.(session.request, {
          settings: checked.settings,
          context: session.input.context,
        })) ?? []
      );
    },
    inbound: inboundOf(destination, options),
    actions: (settings) =>
      Object.values(destination.actions)
        .filter((action) => action.definition.hidden !== true)
        .map((action) => wordsOf(action, definition.available?.(action.slug, settings))),
    choices: async (settings, action, field, query) => {
      const known = fieldWithChoices(destination, action, field);
      if (known === undefined) return undefined;
      const checked = check(settings);
      if (!checked.ok) {
        const message = checked.problems.map((problem) => `${problem.path}: ${problem.message}`).join(' ');
        return { choices: [], error: { code: 'ACTION_UNAVAILABLE', message } };
      }
      return executeDynamicField(
        { destination, settings: checked.settings, ...options },
        action,
        known,
        query,
      );
    },
  };
}

function inboundOf(destination: CompiledDestination, options: VendorOptions): VendorInbound | undefined {
  const { inbound } = destination.definition;
  if (inbound === undefined) return undefined;
  const { events, usualTypes, sources, steps, register } = inbound;
  return {
    events,
    usualTypes,
    sources,
    steps,
    async register(given, wanted) {
      const checked = destination.checkSettings(given, { allowedOrigins: options.allowedOrigins });
      if (!checked.ok || register === undefined) return BY_HAND;
      const session = openSession({ destination, settings: checked.settings, ...options });
      const data = { settings: checked.settings, context: session.input.context };
      return register(session.request, data, wanted);
    },
  };
}

const BY_HAND = {
  name: 'Webhook',
  ok: false,
  message: 'It could not be asked for with these settings.',
  fix: 'Test the connection of the integration, or set it up by hand.',
};

function wordsOf(
  { slug, repeatable, definition }: CompiledDestination['actions'][string],
  unavailable: string | undefined,
): ActionWords {
  const { title, description, restField, eventNameField, fields } = definition;
  return {
    slug,
    title,
    description,
    repeatable,
    ...(unavailable === undefined ? {} : { unavailable }),
    ...(restField === undefined ? {} : { restField }),
    ...(eventNameField === undefined ? {} : { eventNameField }),
    fields,
  };
}

/** The name under which the choices of a field are asked for; an object whose keys may be chosen stands for its keys. */
function fieldWithChoices(
  destination: CompiledDestination,
  action: string,
  field: string,
): string | undefined {
  const definition = Object.hasOwn(destination.actions, action)
    ? destination.actions[action]?.definition
    : undefined;
  const [name = '', child] = field.split('.', 2);
  const choices = definition?.dynamicFields ?? {};
  const entry = Object.hasOwn(choices, name) ? choices[name] : undefined;
  if (typeof entry === 'function') return child === undefined ? field : undefined;
  if (entry === undefined) return undefined;
  if (child === undefined) return entry['__keys__'] === undefined ? undefined : `${name}.__keys__`;
  return Object.hasOwn(entry, child) || entry['__values__'] !== undefined ? field : undefined;
}

/** The settings that say which account it is: those that have neither a default nor a choice. */
function placesOf(catalog: CatalogVendor): readonly string[] {
  return catalog.config_fields.flatMap((field) =>
    field.default === undefined && field.options === undefined ? [field.key] : [],
  );
}
