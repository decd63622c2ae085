/** From a definition to checks that are ready to run. Done once; it must not send anything. */
import type { Problem } from '../event/failure.ts';
import type {
  ActionDefinition,
  AsyncActionDefinition,
  Budget,
  DestinationDefinition,
  GlobalSetting,
  InputField,
  Payload,
  Settings,
  SyncMode,
} from './definition.ts';
import { withoutEmptyValues } from './empty-values.ts';
import { conditionsHold, type JsonSchema, schemaOfFields } from './field-schema.ts';
import { compileSchema } from './validator.ts';

export type Checked<T> =
  | ({ readonly ok: true } & T)
  | { readonly ok: false; readonly problems: readonly Problem[] };
export type CheckedPayload = Checked<{ readonly payload: Readonly<Record<string, unknown>> }>;
export type CheckedSettings = Checked<{ readonly settings: Readonly<Record<string, unknown>> }>;

export interface CompiledAction {
  readonly slug: string;
  readonly definition: ActionDefinition | AsyncActionDefinition;
  readonly repeatable: boolean;
  readonly budget: Budget;
  /**
   * Takes a mapped value to a payload that `perform` may be given: cleaned, coerced, all problems listed. The value stays
   * as it is; the payload is a new object that may share parts with it which no field describes: treat both as read-only.
   */
  check(value: Payload, options?: { readonly syncMode?: SyncMode }): CheckedPayload;
}

export interface CompiledDestination {
  readonly slug: string;
  readonly definition: DestinationDefinition;
  readonly actions: Readonly<Record<string, CompiledAction>>;
  /** Names of the settings that are secrets. */
  readonly secrets: readonly string[];
  /** Settings with defaults filled in, or every problem. `allowedOrigins` are those of the operator. */
  checkSettings(config: Payload, context?: { readonly allowedOrigins?: readonly string[] }): CheckedSettings;
  /** The values of the secrets in these settings, for masking. */
  secretValues(settings: Settings): readonly string[];
}

export function compileDestination<S extends Settings>(
  definition: DestinationDefinition<S>,
): CompiledDestination {
  const actions: Record<string, CompiledAction> = {};
  for (const [slug, action] of [
    ...Object.entries(definition.actions),
    ...Object.entries(definition.asyncActions ?? {}),
  ]) {
    actions[slug] = compileAction(slug, action);
  }
  const secrets = Object.entries(definition.authentication?.fields ?? {}).flatMap(([name, field]) =>
    field.type === 'password' ? [name] : [],
  );
  return {
    slug: definition.slug ?? slugOf(definition.name),
    definition,
    actions,
    secrets,
    checkSettings: settingsCheck(definition),
    secretValues: (settings) =>
      secrets.flatMap((name) =>
        typeof settings[name] === 'string' && settings[name] !== '' ? [settings[name]] : [],
      ),
  };
}

function slugOf(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}

function compileAction<S extends Settings>(
  slug: string,
  definition: ActionDefinition<S> | AsyncActionDefinition<S>,
): CompiledAction {
  const validate = compileSchema(schemaOfFields(definition.fields), {
    unknownKeys: 'drop',
    useDefaults: false,
  });
  const conditional = Object.entries(definition.fields).filter(
    ([, field]) => typeof field.required === 'object',
  );
  return {
    slug,
    definition,
    repeatable: definition.repeatable ?? false,
    budget: definition.budget ?? 'api',
    check(value, options = {}) {
      const payload = withoutEmptyValues(value, definition.fields);
      const problems = [...validate(payload), ...missingByCondition(conditional, payload, options.syncMode)];
      return problems.length === 0 ? { ok: true, payload } : { ok: false, problems };
    },
  };
}

function missingByCondition(
  fields: readonly (readonly [string, InputField])[],
  payload: Payload,
  syncMode: SyncMode | undefined,
): Problem[] {
  return fields.flatMap(([name, { required }]) =>
    typeof required === 'object' && payload[name] === undefined && conditionsHold(required, payload, syncMode)
      ? [{ path: name, message: 'It is required here and was not given.' }]
      : [],
  );
}

function settingsCheck<S extends Settings>(
  definition: DestinationDefinition<S>,
): CompiledDestination['checkSettings'] {
  const schema = definition.settings?.schema ?? schemaOfSettings(definition.authentication?.fields ?? {});
  const validate = compileSchema(schema, { unknownKeys: 'problem', useDefaults: true });
  return (config, context = {}) => {
    const settings: Record<string, unknown> = structuredClone({ ...config });
    const bySchema = validate(settings);
    const bySense =
      definition.settings?.check(settings, { allowedOrigins: context.allowedOrigins ?? [] }) ?? [];
    const said = new Set(bySchema.map(({ path }) => path));
    const problems = [...bySchema, ...bySense.filter(({ path }) => !said.has(path))];
    return problems.length > 0 ? { ok: false, problems } : { ok: true, settings };
  };
}

/** For destinations that declare their settings only as authentication fields. Keys that the runtime adds are let through. */
function schemaOfSettings(fields: Readonly<Record<string, GlobalSetting>>): JsonSchema {
  const properties: Record<string, JsonSchema> = {};
  for (const [name, field] of Object.entries(fields)) {
    const value: JsonSchema = {
      type: field.type === 'password' ? 'string' : field.type,
      ...(field.choices === undefined ? {} : { enum: field.choices.map((choice) => choice.value) }),
    };
    properties[name] = {
      ...(field.multiple === true ? { type: 'array', items: value } : value),
      ...(field.default === undefined ? {} : { default: field.default }),
    };
  }
  const required = Object.entries(fields).flatMap(([name, field]) => (field.required === true ? [name] : []));
  return { type: 'object', properties, required, additionalProperties: true };
}
