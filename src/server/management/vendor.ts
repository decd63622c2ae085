/** What management asks of a vendor's destination and of blueprints, and nothing more. It must not know how either works. */
import type {
  ConnectionCheck,
  DynamicFieldResponse,
  InboundContract,
  InboundWish,
  InputField,
} from '../../destination/definition.ts';
import type { CatalogVendor } from '../../destination/generated/catalog.ts';
import type { Problem } from '../../event/failure.ts';
import { isObject, type JsonObject } from '../../event/json.ts';

export interface Vendor {
  readonly catalog: CatalogVendor;
  /** Names of the settings that are secret. */
  readonly secrets: ReadonlySet<string>;
  /** Names of the settings that say where the account is and how to sign in: secrets, address, ids. */
  readonly connection: ReadonlySet<string>;
  /** One entry per wrong setting, with the setting's name as path; secrets are given in clear. */
  checkSettings(settings: JsonObject): readonly Problem[];
  /** The vendor account that these settings reach: the lane of its jobs. */
  account(settings: JsonObject): string;
  /** The shipped blueprint of a variant. */
  blueprint(variant: string): JsonObject | undefined;
  /** Mistakes that keep a blueprint from being used, each with its path in the document. */
  checkBlueprint(document: JsonObject): readonly Problem[];
  /** What is doubtful in a blueprint that can be used, also in the light of real events in wire form. */
  warnings(document: JsonObject, sampleEvents: readonly unknown[]): readonly Problem[];
  /** What changed between two blueprints, one sentence each. */
  diffBlueprints(from: JsonObject, to: JsonObject): readonly string[];
  testConnection(settings: JsonObject): Promise<readonly ConnectionCheck[]>;
  /** Undefined for a vendor that posts nothing. */
  readonly inbound: VendorInbound | undefined;
  /** Every action that these settings know of; of secrets only whether they are set counts. */
  actions(settings: JsonObject): readonly ActionWords[];
  /** The account's own choices for a field of an action, asked with these settings, secrets in clear; undefined for a field that has none. */
  choices(
    settings: JsonObject,
    action: string,
    field: string,
    query: ChoiceQuery,
  ): Promise<Choices | undefined>;
}

/** What the vendor posts to us. */
export interface VendorInbound extends Pick<InboundContract, 'events' | 'usualTypes' | 'sources' | 'steps'> {
  /** Asks the vendor for it with these settings, secrets in clear. */
  register(settings: JsonObject, wanted: InboundWish): Promise<ConnectionCheck>;
}

/** An action as an editor shows it. */
export interface ActionWords {
  readonly slug: string;
  readonly title: string;
  readonly description: string;
  readonly repeatable: boolean;
  /** Why these settings cannot perform it. */
  readonly unavailable?: string;
  readonly restField?: string;
  readonly eventNameField?: string;
  readonly fields: Readonly<Record<string, InputField>>;
}

export interface ChoiceQuery {
  readonly query?: string;
  readonly page?: string;
}

export type Choices = DynamicFieldResponse;

/** For what JSON.parse made: only its outermost kind is in question. */
export function isJsonObject(value: unknown): value is JsonObject {
  return isObject(value);
}
