/**
 * Cases beside a blueprint: events, and what must become of them. It must not know files or vendors.
 *
 * A file of cases is `{"cases": [...]}`; each case has a `name`, an `event`, and what the runtime would add to it before
 * mapping: `email` (the address known for the person) and `consent` (category → boolean). What is expected is either
 * `"dropped": true`, or `operations` (in the order of the rules, each with `action`, `payload` and, if you like, `rule`),
 * `skipped` and `invalid` (rule → code). Nothing else may happen, and payloads must be equal to the last member.
 */
import { Failure } from '../../event/failure.ts';
import { isObject, own } from '../../event/json.ts';
import type { CompiledBlueprint } from './compile.ts';
import type { Payload, RuleResult } from './evaluate.ts';

export interface ExpectedOperation {
  readonly rule?: string;
  readonly action: string;
  readonly payload: unknown;
}

export interface BlueprintCase {
  readonly name: string;
  readonly event: Readonly<Record<string, unknown>>;
  readonly dropped: boolean;
  readonly operations: readonly ExpectedOperation[];
  readonly skipped: Readonly<Record<string, unknown>>;
  readonly invalid: Readonly<Record<string, unknown>>;
}

/** `differences` says in words what is not as expected; empty when the case passed. */
export interface CaseResult {
  readonly name: string;
  readonly passed: boolean;
  readonly differences: readonly string[];
}

/** The action's own check of a payload: empty values removed, required fields asked for, types coerced. */
export type PayloadCheck = (
  action: string,
  payload: Payload,
) => { readonly ok: true; readonly payload: Payload } | { readonly ok: false };

/** Runs cases, given as the content of a cases file. Throws a Failure VALIDATION_FAILED when it is no such content. */
export function runCases(blueprint: CompiledBlueprint, cases: unknown, check?: PayloadCheck): CaseResult[] {
  return readCases(cases).map((each) => {
    const differences = differencesOf(each, actualOf(blueprint, each, check));
    return { name: each.name, passed: differences.length === 0, differences };
  });
}

const CASE_KEYS = new Set([
  'name',
  'event',
  'email',
  'consent',
  'dropped',
  'operations',
  'skipped',
  'invalid',
]);

function readCases(value: unknown): readonly BlueprintCase[] {
  const list = isObject(value) ? value['cases'] : value;
  if (!Array.isArray(list)) return refuse('cases', 'A file of cases needs a list "cases".');
  return list.map((each, index) => readCase(each, `cases[${index}]`));
}

function readCase(value: unknown, path: string): BlueprintCase {
  if (!isObject(value)) return refuse(path, 'A case should be an object.');
  const unknown = Object.keys(value).find((key) => !CASE_KEYS.has(key));
  if (unknown !== undefined) return refuse(`${path}.${unknown}`, `"${unknown}" is not known in a case.`);
  const { name, event, email, consent, dropped = false, operations = [] } = value;
  if (typeof name !== 'string' || name === '') return refuse(`${path}.name`, 'A case needs a name.');
  if (!isObject(event)) return refuse(`${path}.event`, 'A case needs an event.');
  if (!Array.isArray(operations)) return refuse(`${path}.operations`, '"operations" should be a list.');
  const added = { ...(email === undefined ? {} : { email }), ...(consent === undefined ? {} : { consent }) };
  return {
    name,
    event: { ...event, ...added },
    dropped: dropped === true,
    operations: operations.map((each, index) => readOperation(each, `${path}.operations[${index}]`)),
    skipped: readMember(value, 'skipped', path),
    invalid: readMember(value, 'invalid', path),
  };
}

function readOperation(value: unknown, path: string): ExpectedOperation {
  if (!isObject(value)) return refuse(path, 'An operation should be an object.');
  const { rule, action, payload } = value;
  if (typeof action !== 'string') return refuse(`${path}.action`, 'An operation needs an action.');
  if (rule !== undefined && typeof rule !== 'string')
    return refuse(`${path}.rule`, '"rule" should be a text.');
  return { action, payload, ...(rule === undefined ? {} : { rule }) };
}

function readMember(
  from: Readonly<Record<string, unknown>>,
  key: string,
  path: string,
): Readonly<Record<string, unknown>> {
  const value = from[key] ?? {};
  return isObject(value) ? value : refuse(`${path}.${key}`, `"${key}" should be an object of rule and code.`);
}

function refuse(path: string, message: string): never {
  throw new Failure('VALIDATION_FAILED', `The cases cannot be read: ${message} (${path})`, {
    details: [{ path, message }],
  });
}

interface Actual {
  readonly dropped: boolean;
  readonly operations: readonly (ExpectedOperation & { readonly rule: string })[];
  readonly skipped: Readonly<Record<string, unknown>>;
  readonly invalid: Readonly<Record<string, unknown>>;
}

function actualOf(
  blueprint: CompiledBlueprint,
  { event }: BlueprintCase,
  check: PayloadCheck | undefined,
): Actual {
  const evaluation = blueprint.evaluate(event);
  if (evaluation.kind === 'dropped') return { dropped: true, operations: [], skipped: {}, invalid: {} };
  const results = evaluation.results.map((result) => (check === undefined ? result : checked(result, check)));
  const codes = (outcome: 'skipped' | 'invalid'): Record<string, unknown> =>
    Object.fromEntries(results.flatMap((each) => (each.outcome === outcome ? [[each.rule, each.code]] : [])));
  return {
    dropped: false,
    operations: results.flatMap((each) =>
      each.outcome === 'operation' ? [{ rule: each.rule, action: each.action, payload: each.payload }] : [],
    ),
    skipped: codes('skipped'),
    invalid: codes('invalid'),
  };
}

function checked(result: RuleResult, check: PayloadCheck): RuleResult {
  if (result.outcome !== 'operation') return result;
  const found = check(result.action, result.payload);
  if (found.ok) return { ...result, payload: found.payload };
  return { rule: result.rule, outcome: 'invalid', code: 'PAYLOAD_INVALID', problems: [] };
}

function differencesOf(expected: BlueprintCase, actual: Actual): string[] {
  if (expected.dropped !== actual.dropped)
    return [actual.dropped ? 'the event is dropped, since no rule wants it' : 'the event is not dropped'];
  const count = expected.operations.length;
  const differences: string[] = [];
  if (count !== actual.operations.length)
    differences.push(`expected ${count} operations but there are ${actual.operations.length}`);
  for (const [index, operation] of expected.operations.entries()) {
    const found = actual.operations[index];
    if (found === undefined) continue;
    const { rule, ...rest } = found;
    const comparable = operation.rule === undefined ? rest : found;
    compare(operation, comparable, `operations[${index}]`, differences);
  }
  compare(expected.skipped, actual.skipped, 'skipped', differences);
  compare(expected.invalid, actual.invalid, 'invalid', differences);
  return differences;
}

/** Walks two JSON values and says where they part. */
function compare(expected: unknown, actual: unknown, path: string, differences: string[]): void {
  if (isObject(expected) && isObject(actual)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)]))
      compare(own(expected, key), own(actual, key), `${path}.${key}`, differences);
  } else if (Array.isArray(expected) && Array.isArray(actual)) {
    for (let index = 0; index < Math.max(expected.length, actual.length); index++)
      compare(expected[index], actual[index], `${path}[${index}]`, differences);
  } else if (!Object.is(expected, actual)) {
    differences.push(`${path}: expected ${shown(expected)} but got ${shown(actual)}`);
  }
}

function shown(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
