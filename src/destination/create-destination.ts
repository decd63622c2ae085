/** A destination as a library: the runtime object that Segment developers know, over the same checks and dispatch as the service. */
import type { Clock } from '../clock.ts';
import { systemClock } from '../clock.ts';
import type { JsonObject } from '../event/json.ts';
import { type Cache, createCache } from './cache.ts';
import { type DynamicFieldQuery, deleteUser, executeDynamicField, testAuthentication } from './calls.ts';
import { type CompiledAction, type CompiledDestination, compileDestination } from './compile.ts';
import type {
  AuthTokens,
  DestinationDefinition,
  DynamicFieldResponse,
  HookResult,
  Payload,
  Settings,
  Subscription,
} from './definition.ts';
import { type DispatchEnvironment, type DispatchResult, dispatch, openSession } from './dispatch.ts';
import {
  IntegrationError,
  InvalidAuthenticationError,
  OutcomeError,
  PayloadValidationError,
} from './errors.ts';
import { createFetchTransport } from './fetch-transport.ts';
import { type MultiStatusEntry, MultiStatusResponse } from './multi-status.ts';
import { type Prepared, prepare, wants } from './prepare.ts';
import type { Transport } from './transport.ts';

/** Settings of the destination with the subscriptions that are to run, as Segment passes them. */
export interface EventSettings extends Settings {
  readonly subscription?: Subscription;
  readonly subscriptions?: readonly Subscription[];
  readonly oauth?: AuthTokens;
}

export interface CompletedStats {
  readonly duration: number;
  readonly destination: string;
  readonly action: string;
  readonly subscribe: string;
  readonly input: unknown;
  readonly output: readonly Result[];
}

export interface EventOptions {
  readonly onComplete?: (stats: CompletedStats) => void;
  readonly features?: Readonly<Record<string, boolean>>;
  readonly signal?: AbortSignal;
}

export type Result =
  | { readonly output: 'not subscribed' | 'Mappings resolved' | 'Payload validated' }
  | { readonly output: 'Action Executed'; readonly data: unknown }
  | { readonly multistatus: readonly MultiStatusEntry[] };

export interface DestinationOptions {
  readonly transport?: Transport;
  readonly clock?: Clock;
  readonly cache?: Cache;
  readonly allowedOrigins?: readonly string[];
  readonly trackingUrl?: string;
}

export interface Destination {
  readonly name: string;
  readonly definition: DestinationDefinition;
  /** Throws an IntegrationError (400) that lists every problem. */
  validateSettings(settings: Settings): void;
  /** Throws an InvalidAuthenticationError when the vendor refuses the credentials. */
  testAuthentication(settings: Settings): Promise<void>;
  /** Runs every subscription that wants the event, side by side. Throws what its action throws. */
  onEvent(event: unknown, settings: EventSettings, options?: EventOptions): Promise<readonly Result[]>;
  onBatch(
    events: readonly unknown[],
    settings: EventSettings,
    options?: EventOptions,
  ): Promise<readonly Result[]>;
  onDelete(
    payload: { readonly userId?: string; readonly anonymousId?: string; readonly email?: string },
    settings: Settings,
  ): Promise<void>;
  executeDynamicField(
    action: string,
    fieldKey: string,
    settings: Settings,
    query?: DynamicFieldQuery,
  ): Promise<DynamicFieldResponse>;
  /** Throws an IntegrationError 501 for a hook that the action does not have. */
  executeHook(
    action: string,
    hook: 'onMappingSave' | 'retlOnMappingSave',
    settings: Settings,
    inputs: JsonObject,
  ): Promise<HookResult>;
}

export function createDestination<S extends Settings>(
  definition: DestinationDefinition<S>,
  options: DestinationOptions = {},
): Destination {
  const compiled = compileDestination(definition);
  const clock = options.clock ?? systemClock;
  const environment = {
    transport: createFetchTransport({ allowedOrigins: options.allowedOrigins ?? [] }),
    cache: createCache(clock),
    ...options,
    clock,
    destination: compiled,
  };
  const validated = (settings: EventSettings): DispatchEnvironment => ({
    ...environment,
    settings: checkedSettings(compiled, settings, options.allowedOrigins ?? []),
    ...(settings.oauth === undefined ? {} : { auth: settings.oauth }),
  });
  return {
    name: compiled.definition.name,
    definition: compiled.definition,
    validateSettings: (settings) => void validated(settings),
    async testAuthentication(settings) {
      const { outcome, error } = await testAuthentication(validated(settings));
      if (error !== undefined) throw error;
      if (outcome.kind !== 'delivered')
        throw new InvalidAuthenticationError(`Credentials are invalid: ${outcome.message}`);
    },
    onEvent: (event, settings, run = {}) =>
      eachSubscription(settings, run, compiled, event, (action, subscription) =>
        onEvent({ ...validated(settings), ...signalOf(run) }, action, subscription, event),
      ),
    onBatch: (events, settings, run = {}) =>
      events.length === 0
        ? Promise.resolve([])
        : eachSubscription(settings, run, compiled, events, (action, subscription) =>
            onBatch({ ...validated(settings), ...signalOf(run) }, action, subscription, events),
          ),
    async onDelete(payload, settings) {
      const { outcome, error } = await deleteUser(validated(settings), payload);
      if (error !== undefined) throw error;
      if (outcome.kind !== 'delivered') throw new OutcomeError(outcome);
    },
    executeDynamicField: (action, fieldKey, settings, query) =>
      executeDynamicField(validated(settings), action, fieldKey, query),
    executeHook: (action, hook, settings, inputs) =>
      executeHook(validated(settings), actionOf(compiled, action), hook, inputs),
  };
}

/** `subscription` and its like are the framework's, not settings. */
function checkedSettings(
  destination: CompiledDestination,
  settings: EventSettings,
  allowedOrigins: readonly string[],
): Settings {
  const { subscription: _, subscriptions: __, oauth: ___, ...own } = settings;
  const checked = destination.checkSettings(own, { allowedOrigins });
  if (checked.ok) return checked.settings;
  const text = checked.problems.map(({ path, message }) => `${path}: ${message}`).join(' ');
  throw new IntegrationError(`Settings are invalid. ${text}`, 'INVALID_SETTINGS', 400);
}

function signalOf({ signal }: EventOptions): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

function actionOf(destination: CompiledDestination, slug: string): CompiledAction {
  const action = Object.hasOwn(destination.actions, slug) ? destination.actions[slug] : undefined;
  if (action === undefined) throw new IntegrationError(`There is no action ${slug}.`, 'NOT_FOUND', 404);
  return action;
}

async function eachSubscription(
  settings: EventSettings,
  options: EventOptions,
  destination: CompiledDestination,
  input: unknown,
  run: (action: CompiledAction, subscription: Subscription) => Promise<readonly Result[]>,
): Promise<readonly Result[]> {
  const subscriptions =
    settings.subscriptions ?? (settings.subscription === undefined ? [] : [settings.subscription]);
  const results = await Promise.all(
    subscriptions.map(async (subscription) => {
      const startedAt = performance.now();
      const output = await run(actionOf(destination, subscription.partnerAction), subscription);
      options.onComplete?.({
        duration: performance.now() - startedAt,
        destination: destination.definition.name,
        action: subscription.partnerAction,
        subscribe: subscription.subscribe,
        input: { data: input, mapping: subscription.mapping ?? {} },
        output,
      });
      return output;
    }),
  );
  return results.flat();
}

async function onEvent(
  environment: DispatchEnvironment,
  action: CompiledAction,
  subscription: Subscription,
  event: unknown,
): Promise<readonly Result[]> {
  if (!wants(subscription, event)) return [{ output: 'not subscribed' }];
  const { payload, input } = prepare(action, subscription.mapping ?? {}, event);
  const result = await dispatch({ ...environment, action: action.slug, payloads: [payload], input });
  throwIfFailed(result);
  return [
    { output: 'Mappings resolved' },
    { output: 'Payload validated' },
    { output: 'Action Executed', data: result.result },
  ];
}

function throwIfFailed({ thrown, outcomes }: DispatchResult): void {
  if (thrown !== undefined) throw thrown;
  const failed = outcomes.find(({ kind }) => kind !== 'delivered');
  if (failed !== undefined) throw new OutcomeError(failed);
}

async function onBatch(
  environment: DispatchEnvironment,
  action: CompiledAction,
  subscription: Subscription,
  events: readonly unknown[],
): Promise<readonly Result[]> {
  const results = new MultiStatusResponse();
  const ready: { readonly index: number; readonly prepared: Prepared }[] = [];
  events.forEach((event, index) => {
    try {
      if (!wants(subscription, event))
        throw new PayloadValidationError('The event does not match the trigger.');
      ready.push({ index, prepared: prepare(action, subscription.mapping ?? {}, event) });
    } catch (error) {
      if (!(error instanceof PayloadValidationError)) throw error;
      results.setErrorResponseAtIndex(index, {
        status: 400,
        errortype: error.code,
        errormessage: error.message,
        errorreporter: 'INTEGRATIONS',
      });
    }
  });
  await performAll(environment, action, ready, results);
  return [{ multistatus: results.getAllResponses() }];
}

/** In one call where the action can and there are several, else one after the other, so that the vendor's limit is not run over. */
async function performAll(
  environment: DispatchEnvironment,
  action: CompiledAction,
  ready: readonly { readonly index: number; readonly prepared: Prepared }[],
  results: MultiStatusResponse,
): Promise<void> {
  const groups =
    action.definition.performBatch !== undefined && ready.length > 1 ? [ready] : ready.map((item) => [item]);
  for (const group of groups) {
    const first = group[0];
    if (first === undefined) continue;
    const payloads = group.map(({ prepared }) => prepared.payload);
    const result = await dispatch({
      ...environment,
      action: action.slug,
      payloads,
      input: first.prepared.input,
    });
    group.forEach(({ index, prepared }, position) => {
      results.pushResponseObjectAtIndex(index, entryOf(result, position, prepared.payload));
    });
  }
}

const STATUS_OF_KIND = {
  delivered: 200,
  retry: 500,
  pause: 429,
  stop: 401,
  rejected: 400,
  unknown: 504,
} as const;

function entryOf(result: DispatchResult, position: number, payload: Payload): MultiStatusEntry {
  const outcome =
    result.submitted === undefined ? result.outcomes[position] : result.submitted.refused.get(position);
  if (outcome === undefined)
    return { status: 202, sent: payload, body: { batchId: result.submitted?.batchId ?? '' } };
  if (outcome.kind === 'delivered') return { status: 200, sent: payload, body: {} };
  return {
    status: STATUS_OF_KIND[outcome.kind],
    errormessage: outcome.message,
    errorreporter: result.exchanges.length > 0 ? 'DESTINATION' : 'INTEGRATIONS',
    sent: payload,
    outcome,
  };
}

async function executeHook(
  environment: DispatchEnvironment,
  action: CompiledAction,
  name: 'onMappingSave' | 'retlOnMappingSave',
  hookInputs: JsonObject,
): Promise<HookResult> {
  const hook = action.definition.hooks?.[name];
  if (hook === undefined)
    throw new IntegrationError(`${action.slug} has no hook ${name}.`, 'NOT_IMPLEMENTED', 501);
  const session = openSession(environment, action);
  return hook.performHook(session.request, { ...session.input, payload: {}, hookInputs });
}
