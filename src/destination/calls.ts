/** The calls of a destination that are not actions: credentials, connection, deletion, choices. It must not know any vendor. */
import type { Outcome } from '../event/outcome.ts';
import type {
  ConnectionCheck,
  DeleteInput,
  DynamicField,
  DynamicFieldContext,
  DynamicFieldResponse,
  DynamicFields,
} from './definition.ts';
import { type DispatchEnvironment, openSession, outcomeOfError } from './dispatch.ts';
import type { ExchangeRecord } from './request-client.ts';

export interface CallResult {
  readonly outcome: Outcome;
  readonly exchanges: readonly ExchangeRecord[];
  /** An exception that nobody expected: our own mistake, for the log. */
  readonly error?: unknown;
}

/** Tries the credentials; `delivered` means that they are good. Also the probe of an account that is stopped. */
export function testAuthentication(environment: DispatchEnvironment): Promise<CallResult> {
  const { definition } = environment.destination;
  return settle(environment, async ({ request, input }) =>
    definition.authentication?.testAuthentication?.(request, input),
  );
}

/** Asks the vendor to forget a person. `rejected` with NOT_FOUND where the destination cannot delete. */
export function deleteUser(
  environment: DispatchEnvironment,
  payload: DeleteInput<object>['payload'],
): Promise<CallResult> {
  const { definition } = environment.destination;
  return settle(environment, async ({ request, input }) => {
    if (definition.onDelete === undefined) throw new TypeError(`${definition.name} has no onDelete.`);
    return definition.onDelete(request, { ...input, payload });
  });
}

async function settle(
  environment: DispatchEnvironment,
  run: (session: ReturnType<typeof openSession>) => Promise<unknown>,
): Promise<CallResult> {
  const session = openSession(environment);
  const { exchanges } = session.seen;
  try {
    await run(session);
    return { outcome: { kind: 'delivered', code: 'DELIVERED' }, exchanges };
  } catch (error) {
    const outcome = outcomeOfError(error, true);
    return { outcome, exchanges, ...(outcome.code === 'INTERNAL_ERROR' ? { error } : {}) };
  }
}

export interface ConnectionResult {
  readonly ok: boolean;
  readonly checks: readonly ConnectionCheck[];
  readonly exchanges: readonly ExchangeRecord[];
}

/** Every check of the destination, or the one of its credentials where it has no others. */
export async function testConnection(environment: DispatchEnvironment): Promise<ConnectionResult> {
  const { definition } = environment.destination;
  if (definition.testConnection === undefined) {
    const { outcome, exchanges } = await testAuthentication(environment);
    const ok = outcome.kind === 'delivered';
    return {
      ok,
      checks: [{ name: 'credentials', ok, message: outcome.message ?? 'The credentials are good.' }],
      exchanges,
    };
  }
  const session = openSession(environment);
  const checks = await definition.testConnection(session.request, session.input);
  return { ok: checks.every((check) => check.ok), checks, exchanges: session.seen.exchanges };
}

export interface DynamicFieldQuery extends DynamicFieldContext {
  readonly page?: string;
  readonly payload?: Readonly<Record<string, unknown>>;
}

/**
 * The choices of a field: `object.child` asks that child's function, else the object's `__values__` with `selectedKey`;
 * `list.[0].child` is `list.child` with `selectedArrayIndex` 0. A field without a function answers an empty list with error 404.
 */
export async function executeDynamicField(
  environment: DispatchEnvironment,
  action: string,
  fieldKey: string,
  query: DynamicFieldQuery = {},
): Promise<DynamicFieldResponse> {
  const { actions } = environment.destination;
  const compiled = Object.hasOwn(actions, action) ? actions[action] : undefined;
  const { key, context } = addressOf(fieldKey, query);
  const found = compiled === undefined ? undefined : functionOf(compiled.definition.dynamicFields ?? {}, key);
  if (found === undefined) {
    return {
      choices: [],
      error: { code: '404', message: `No choices are known for the field ${fieldKey} of ${action}.` },
    };
  }
  const session = openSession(environment, compiled);
  const selected = found.selectedKey === undefined ? {} : { selectedKey: found.selectedKey };
  try {
    return await found.run(session.request, {
      ...session.input,
      payload: query.payload ?? {},
      dynamicFieldContext: { ...context, ...selected },
      ...(query.page === undefined ? {} : { page: query.page }),
    });
  } catch (error) {
    const outcome = outcomeOfError(error, true);
    return { choices: [], error: { code: outcome.code, message: outcome.message ?? outcome.code } };
  }
}

function addressOf(
  fieldKey: string,
  { query, selectedArrayIndex, selectedKey }: DynamicFieldQuery,
): {
  readonly key: string;
  readonly context: DynamicFieldContext;
} {
  const indexed = /^(.*)\.\[(\d+)\]\.(.*)$/.exec(fieldKey);
  const index = indexed?.[2] === undefined ? selectedArrayIndex : Number(indexed[2]);
  return {
    key: indexed === null ? fieldKey : `${indexed[1]}.${indexed[3]}`,
    context: {
      ...(query === undefined ? {} : { query }),
      ...(index === undefined ? {} : { selectedArrayIndex: index }),
      ...(selectedKey === undefined ? {} : { selectedKey }),
    },
  };
}

interface FoundFunction {
  readonly run: DynamicField['choices'];
  readonly selectedKey?: string;
}

function functionOf(fields: DynamicFields, key: string): FoundFunction | undefined {
  const [name = '', child] = key.split('.', 2);
  const entry = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (typeof entry === 'function') return child === undefined ? { run: entry } : undefined;
  if (entry === undefined || child === undefined) return undefined;
  const own = Object.hasOwn(entry, child) ? entry[child] : undefined;
  if (own !== undefined) return { run: own };
  const values = entry['__values__'];
  return values === undefined ? undefined : { run: values, selectedKey: child };
}
