/** What management asks of a vendor's destination and of blueprints, and nothing more. The one file that knows their real shapes. */
import { compileBlueprint } from '../../blueprint/index.ts';
import type { Clock } from '../../clock.ts';
import { createCache } from '../../destination/cache.ts';
import type { CompiledDestination } from '../../destination/compile.ts';
import type { ConnectionCheck, GlobalSetting } from '../../destination/definition.ts';
import { openSession } from '../../destination/dispatch.ts';
import type { CatalogVendor } from '../../destination/generated/catalog.ts';
import type { Transport } from '../../destination/transport.ts';
import { Failure, type Problem } from '../../event/failure.ts';
import { isObject, type JsonObject } from '../../event/json.ts';

export interface Vendor {
  readonly catalog: CatalogVendor;
  /** Names of the settings that are secret. */
  readonly secrets: ReadonlySet<string>;
  /** Names of the settings that say where the account is and how to sign in: secrets, address, ids. */
  readonly connection: ReadonlySet<string>;
  /** The settings with defaults filled in, or one entry per wrong one with its name as path. Secrets are given in clear. */
  checkSettings(
    settings: JsonObject,
  ):
    | { readonly ok: true; readonly settings: JsonObject }
    | { readonly ok: false; readonly problems: readonly Problem[] };
  /** The vendor account that these settings reach: the lane of its jobs. */
  account(settings: JsonObject): string;
  /** The shipped blueprint of a variant. */
  blueprint(variant: string): JsonObject | undefined;
  /** Mistakes that keep a blueprint from being used, each with its path in the document. */
  checkBlueprint(document: JsonObject): readonly Problem[];
  testConnection(settings: JsonObject): Promise<readonly ConnectionCheck[]>;
}

/** What a destination needs besides its settings. */
export interface VendorEnvironment {
  readonly transport: Transport;
  readonly clock: Clock;
  /** Origins besides public https ones that the operator allows as API addresses. */
  readonly allowedOrigins: readonly string[];
  readonly trackingUrl?: string;
}

/** Destinations by their key in the catalog; one without a vendor object cannot be installed and is left out. */
export function vendorsOf(
  destinations: Readonly<Record<string, CompiledDestination>>,
  blueprint: (vendorKey: string, variant: string) => JsonObject | undefined,
  environment: VendorEnvironment,
): ReadonlyMap<string, Vendor> {
  const vendors = new Map<string, Vendor>();
  for (const [key, destination] of Object.entries(destinations)) {
    const { catalog } = destination.definition;
    if (catalog === undefined) continue;
    vendors.set(
      key,
      vendorOf(destination, catalog, (variant) => blueprint(key, variant), environment),
    );
  }
  return vendors;
}

function vendorOf(
  destination: CompiledDestination,
  catalog: CatalogVendor,
  blueprint: Vendor['blueprint'],
  environment: VendorEnvironment,
): Vendor {
  const { definition } = destination;
  const shapes = Object.fromEntries(
    Object.entries(destination.actions).map(([slug, action]) => [slug, action.definition]),
  );
  const fields = definition.authentication?.fields ?? {};
  return {
    catalog,
    secrets: new Set(destination.secrets),
    connection: new Set(Object.keys(fields).filter((name) => onlyTheAccountTells(fields[name]))),
    checkSettings: (settings) => {
      const checked = destination.checkSettings(settings, environment);
      return checked.ok ? { ok: true, settings: jsonOf(checked.settings) } : checked;
    },
    account: (settings) => definition.account?.(settings) ?? destination.slug,
    blueprint,
    checkBlueprint: (document) => {
      try {
        compileBlueprint(document, { actions: shapes });
        return [];
      } catch (error) {
        if (error instanceof Failure && error.details !== undefined) return error.details;
        throw error;
      }
    },
    testConnection: async (settings) => testConnection(destination, settings, environment),
  };
}

/** What has a default is a choice of behaviour; address, ids and secrets have none and differ from account to account. */
function onlyTheAccountTells(field: GlobalSetting | undefined): boolean {
  return field !== undefined && field.default === undefined && field.choices === undefined;
}

/** Checked settings are what JSON.parse made, with defaults of the schema: JSON still. */
function jsonOf(settings: Readonly<Record<string, unknown>>): JsonObject {
  if (isJsonObject(settings)) return settings;
  throw new TypeError('Settings are not a JSON object.');
}

/** For what JSON.parse made: only its outermost kind is in question. */
export function isJsonObject(value: unknown): value is JsonObject {
  return isObject(value);
}

async function testConnection(
  destination: CompiledDestination,
  settings: JsonObject,
  environment: VendorEnvironment,
): Promise<readonly ConnectionCheck[]> {
  const session = openSession({
    ...environment,
    destination,
    settings,
    cache: createCache(environment.clock),
  });
  const test = destination.definition.testConnection;
  return test === undefined ? [] : test(session.request, { settings, context: session.input.context });
}
