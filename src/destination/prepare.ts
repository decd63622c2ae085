/** From an event and a subscription to the payload of an action: trigger, mapping, check. Sends nothing. */
import { type CompiledFql, compile as compileTrigger } from '../blueprint/fql.ts';
import { type CompiledMapping, compile as compileMapping } from '../blueprint/mapping-kit.ts';
import { isObject, type JsonObject } from '../event/json.ts';
import type { CompiledAction } from './compile.ts';
import type { ExecuteInput, InputField, Payload, Subscription, SyncMode } from './definition.ts';
import { PayloadValidationError } from './errors.ts';

const SYNC_MODES: readonly SyncMode[] = ['add', 'update', 'upsert', 'delete', 'mirror'];
const SYNC_MODE_KEY = '__segment_internal_sync_mode';
const MATCHING_KEY = '__segment_internal_matching_key';
const HOOKS = ['onMappingSave', 'retlOnMappingSave'] as const;
/** Triggers kept ready; more than any destination has. */
const MAX_TRIGGERS = 1_000;

const triggers = new Map<string, CompiledFql>();
const mappings = new WeakMap<object, CompiledMapping>();

/** Whether the subscription wants the event. Throws a Failure for a trigger that is no FQL. */
export function wants(subscription: Pick<Subscription, 'subscribe'>, event: unknown): boolean {
  const known = triggers.get(subscription.subscribe);
  const trigger = known ?? compileTrigger(subscription.subscribe);
  if (known === undefined && triggers.size < MAX_TRIGGERS) triggers.set(subscription.subscribe, trigger);
  return trigger.match(event);
}

/** The mapping that an action's fields bring themselves. */
export function defaultMapping(fields: Readonly<Record<string, InputField>>): JsonObject {
  return Object.fromEntries(
    Object.entries(fields).flatMap(([name, field]) =>
      field.default === undefined ? [] : [[name, field.default]],
    ),
  );
}

/** The part of a stored mapping that describes the payload: without what the framework keeps beside it. */
function payloadMapping(mapping: JsonObject): CompiledMapping {
  const known = mappings.get(mapping);
  if (known !== undefined) return known;
  const own = Object.entries(mapping).filter(
    ([key]) => key !== SYNC_MODE_KEY && key !== MATCHING_KEY && !HOOKS.some((hook) => hook === key),
  );
  const compiled = compileMapping(Object.fromEntries(own));
  mappings.set(mapping, compiled);
  return compiled;
}

export interface Prepared {
  readonly payload: Payload;
  readonly input: Partial<ExecuteInput>;
}

/** Maps and checks. Throws a PayloadValidationError that lists every problem. */
export function prepare(action: CompiledAction, mapping: JsonObject, event: unknown): Prepared {
  const mapped = payloadMapping(mapping)(event);
  const syncMode = syncModeOf(action, mapping);
  const checked = action.check(isObject(mapped) ? mapped : {}, syncMode === undefined ? {} : { syncMode });
  if (!checked.ok) {
    throw new PayloadValidationError(
      checked.problems.map(({ path, message }) => `${path}: ${message}`).join(' '),
    );
  }
  const matchingKey = mapping[MATCHING_KEY];
  return {
    // Actions of other people may write to their payload; the event is not theirs.
    payload: structuredClone(checked.payload),
    input: {
      mapping,
      rawMapping: mapping,
      rawData: event,
      hookOutputs: hookOutputsOf(mapping),
      ...(syncMode === undefined ? {} : { syncMode }),
      ...(matchingKey === undefined || matchingKey === null ? {} : { matchingKey: String(matchingKey) }),
    },
  };
}

/** Ignored unless the action declares sync modes and the value is one. */
function syncModeOf(action: CompiledAction, mapping: JsonObject): SyncMode | undefined {
  if (action.definition.syncMode === undefined) return undefined;
  return SYNC_MODES.find((mode) => mode === mapping[SYNC_MODE_KEY]);
}

function hookOutputsOf(mapping: JsonObject): JsonObject {
  return Object.fromEntries(
    HOOKS.flatMap((hook) => {
      const saved = mapping[hook];
      return saved === undefined || saved === null ? [] : [[hook, saved]];
    }),
  );
}
