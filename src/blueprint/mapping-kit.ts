/**
 * The mapping language as a package export (`./mapping-kit`): declarative JSON that says how an event becomes a payload.
 * It must not know blueprints, actions or any vendor. Compatible with the mapping-kit of Segment's actions-core.
 */
import { Failure } from '../event/failure.ts';
import { isObject } from '../event/json.ts';
import { compileMapping, mappingFailure, runPlan } from './mapping/compile.ts';
import { flatten } from './mapping/flatten.ts';
import { startRun } from './mapping/run.ts';
import { fillTemplate, parseTemplateNow } from './mapping/template.ts';

/** A compiled mapping: the output for one event, or undefined where a top-level directive finds nothing. */
export type CompiledMapping = (data?: unknown) => unknown;

/**
 * Validates a mapping and prepares it once, to run many times. Later changes of the given object have no effect.
 * Outputs may share parts with the event they were made from: treat both as read-only.
 * @throws Failure VALIDATION_FAILED listing every mistake; the compiled mapping throws it for run-time errors.
 */
export function compile(mapping: unknown): CompiledMapping {
  const { node, problems } = compileMapping(mapping);
  if (problems.length > 0) throw mappingFailure(problems);
  return Object.freeze((data: unknown = {}) => {
    if (!isObject(data))
      throw new Failure('VALIDATION_FAILED', 'The event that is mapped must be an object.');
    return runPlan(node, data);
  });
}

/** Throws a Failure VALIDATION_FAILED that lists every mistake of the mapping; returns nothing when there is none. */
export function validate(mapping: unknown): void {
  const { problems } = compileMapping(mapping);
  if (problems.length > 0) throw mappingFailure(problems);
}

/** Validates a mapping and resolves it against one event. A missing event is an empty one. */
export function transform(mapping: unknown, data: unknown = {}): unknown {
  return compile(mapping)(data);
}

/** The same as `transform` for a list of events; each result is the one that `transform` gives. */
export function transformBatch(mapping: unknown, data: unknown = []): unknown[] {
  if (!Array.isArray(data))
    throw new Failure('VALIDATION_FAILED', 'The events that are mapped must be a list.');
  const run = compile(mapping);
  return data.map((event: unknown) => run(event));
}

/** Fills the placeholders of a template; the engine of `@template` alone. */
export function render(template: unknown, data: unknown = {}): string {
  if (typeof template !== 'string') throw new Failure('VALIDATION_FAILED', 'A template must be a string.');
  const run = startRun();
  return fillTemplate(parseTemplateNow(template, run), data, run);
}

/** Flattens nested objects into one; the engine of `@flatten` alone. A prefix is put before every key. */
export function flattenObject(value: unknown, prefix = '', separator = '.', omitArrays = false): unknown {
  return flatten(value, prefix, { separator, omitArrays }, startRun());
}

/** All event paths that a mapping reads, in its order, as they are written; duplicates are kept. */
export function getFieldValueKeys(mapping: unknown): string[] {
  return compileMapping(mapping).reads.map(({ path }) => path);
}
