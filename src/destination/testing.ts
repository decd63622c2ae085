/** What tests of destinations need: a whole event, and a way to run one action over the transport that HTTP stubs see. */
import { type Clock, systemClock, systemRandom } from '../clock.ts';
import type { JsonObject } from '../event/json.ts';
import { type Cache, createCache } from './cache.ts';
import { type DynamicFieldQuery, executeDynamicField, testAuthentication } from './calls.ts';
import { type CompiledAction, compileDestination } from './compile.ts';
import type {
  AuthTokens,
  DestinationDefinition,
  DynamicFieldResponse,
  PollPayload,
  Settings,
} from './definition.ts';
import { type DispatchResult, dispatch, type PollResult, poll } from './dispatch.ts';
import { IntegrationError, OutcomeError } from './errors.ts';
import { createFetchTransport } from './fetch-transport.ts';
import { defaultMapping, prepare } from './prepare.ts';
import type { ClientResponse } from './request-client.ts';
import type { Transport } from './transport.ts';

export interface TestEvent {
  readonly [member: string]: unknown;
}

/** A complete track event, with the given members in place of its own. */
export function createTestEvent(members: TestEvent = {}): TestEvent {
  const now = new Date().toISOString();
  return {
    anonymousId: systemRandom.id(),
    context: {
      active: true,
      app: { name: 'Test', version: '1.0.0', build: '1' },
      ip: '203.0.113.7',
      library: { name: 'test', version: '1.0.0' },
      locale: 'en-GB',
      location: { city: 'Leeds', country: 'United Kingdom', latitude: 53.8, longitude: -1.55, speed: 0 },
      page: {
        path: '/academy/',
        referrer: '',
        search: '',
        title: 'Academy',
        url: 'https://shop.example/academy/',
      },
      timezone: 'Europe/London',
      userAgent: 'Mozilla/5.0 (X11; Linux x86_64) Test/1.0',
    },
    event: 'Test Event',
    messageId: systemRandom.id(),
    originalTimestamp: now,
    properties: {},
    receivedAt: now,
    sentAt: now,
    timestamp: now,
    traits: {},
    type: 'track',
    userId: 'user1234',
    ...members,
  };
}

export interface TestEnvironment {
  readonly settings?: Settings;
  readonly auth?: AuthTokens;
  readonly mapping?: JsonObject;
  /** Starts from the defaults of the fields; `mapping` lies over them. */
  readonly useDefaultMappings?: boolean;
  readonly features?: Readonly<Record<string, boolean>>;
  readonly signal?: AbortSignal;
}

export interface TestIntegrationOptions {
  readonly transport?: Transport;
  readonly clock?: Clock;
  readonly cache?: Cache;
  readonly allowedOrigins?: readonly string[];
  readonly trackingUrl?: string;
}

export interface TestIntegration {
  /** Answers of the last test, and what its action came to. */
  readonly responses: readonly ClientResponse[];
  readonly results: readonly DispatchResult[];
  testAuthentication(settings: Settings): Promise<void>;
  /** Maps, checks and performs; throws what fails. Gives the answers. */
  testAction(
    slug: string,
    test: TestEnvironment & { readonly event?: TestEvent },
  ): Promise<readonly ClientResponse[]>;
  testBatchAction(
    slug: string,
    test: TestEnvironment & { readonly events: readonly TestEvent[] },
  ): Promise<readonly ClientResponse[]>;
  testAsyncBatchAction(
    slug: string,
    test: TestEnvironment & { readonly events: readonly TestEvent[] },
  ): Promise<DispatchResult>;
  testAsyncPollAction(
    slug: string,
    test: TestEnvironment & { readonly pollPayload: PollPayload; readonly events: readonly TestEvent[] },
  ): Promise<PollResult>;
  testDynamicField(
    slug: string,
    fieldKey: string,
    data: TestEnvironment & DynamicFieldQuery,
  ): Promise<DynamicFieldResponse>;
}

/** Runs a definition's actions one at a time. Settings are used as they are, unchecked. */
export function createTestIntegration<S extends Settings>(
  definition: DestinationDefinition<S>,
  options: TestIntegrationOptions = {},
): TestIntegration {
  const destination = compileDestination(definition);
  const clock = options.clock ?? systemClock;
  const responses: ClientResponse[] = [];
  const results: DispatchResult[] = [];
  const environment = ({ settings = {}, auth, signal }: TestEnvironment) => ({
    transport: createFetchTransport({ allowedOrigins: options.allowedOrigins ?? [] }),
    cache: createCache(clock),
    ...options,
    clock,
    destination,
    settings,
    onResponse: (response: ClientResponse) => void responses.push(response),
    ...(auth === undefined ? {} : { auth }),
    ...(signal === undefined ? {} : { signal }),
  });
  const actionOf = (slug: string): CompiledAction => {
    const action = Object.hasOwn(destination.actions, slug) ? destination.actions[slug] : undefined;
    if (action === undefined) throw new IntegrationError(`There is no action ${slug}.`, 'NOT_FOUND', 404);
    return action;
  };
  const run = async (
    slug: string,
    test: TestEnvironment,
    events: readonly TestEvent[],
  ): Promise<DispatchResult> => {
    responses.length = 0;
    results.length = 0;
    const action = actionOf(slug);
    const mapping = mappingOf(action, test);
    const prepared = events.map((event) => prepare(action, mapping, event));
    const result = await dispatch({
      ...environment(test),
      action: slug,
      payloads: prepared.map(({ payload }) => payload),
      input: { ...prepared[0]?.input, ...(test.features === undefined ? {} : { features: test.features }) },
    });
    results.push(result);
    return result;
  };
  return {
    responses,
    results,
    async testAuthentication(settings) {
      responses.length = 0;
      const { outcome, error } = await testAuthentication(environment({ settings }));
      if (error !== undefined) throw error;
      if (outcome.kind !== 'delivered') throw new OutcomeError(outcome);
    },
    async testAction(slug, { event = createTestEvent(), ...test }) {
      throwIfFailed(await run(slug, test, [event]));
      return responses;
    },
    async testBatchAction(slug, { events, ...test }) {
      throwIfFailed(await run(slug, test, events));
      return responses;
    },
    testAsyncBatchAction: (slug, { events, ...test }) => run(slug, test, events),
    testAsyncPollAction: (slug, { events, pollPayload, ...test }) => {
      const action = actionOf(slug);
      const mapping = mappingOf(action, test);
      const payloads = events.map((event) => prepare(action, mapping, event).payload);
      return poll({ ...environment(test), action: slug, batchId: pollPayload.jobId, payloads });
    },
    testDynamicField: (slug, fieldKey, data) => executeDynamicField(environment(data), slug, fieldKey, data),
  };
}

function mappingOf(
  action: CompiledAction,
  { mapping = {}, useDefaultMappings = false }: TestEnvironment,
): JsonObject {
  return useDefaultMappings ? { ...defaultMapping(action.definition.fields), ...mapping } : mapping;
}

function throwIfFailed(result: DispatchResult): void {
  if (result.thrown !== undefined) throw result.thrown;
  const failed = result.outcomes.find(({ kind }) => kind !== 'delivered');
  if (failed !== undefined) throw new OutcomeError(failed);
}
