/** The bounds of the mapping language and the account that one evaluation draws on. It must not know any directive. */
import { Failure, type Problem } from '../../event/failure.ts';

/** Steps that one mapping may take for one event; a step is roughly one value looked at or thirty characters moved. */
export const STEP_BUDGET = 80_000;
/** Steps for one property that is copied: large objects are slow to read and to build. */
export const STEPS_PER_KEY = 8;
/** How deep directives, objects and arrays of a mapping may nest. */
export const MAX_MAPPING_DEPTH = 32;
/** How many directives one mapping may hold. */
export const MAX_DIRECTIVES = 2_000;
/** How deep a value that is passed on, flattened or encoded may nest. */
export const MAX_VALUE_DEPTH = 128;
/** How long a written path may be. */
export const MAX_PATH_LENGTH = 1_000;

/** The state of one evaluation: what is left of its budget, and what it found missing. */
export interface Run {
  left: number;
  /** Whether a value of the input was passed on as it is, so that the result may hold absent values inside. */
  passedOn: boolean;
  readonly problems: Problem[];
}

export function startRun(left = STEP_BUDGET): Run {
  return { left, passedOn: false, problems: [] };
}

/** Draws steps; throws when the mapping asks for more work than one event may cost. */
export function spend(run: Run, steps: number): void {
  run.left -= steps;
  if (run.left < 0) throw runFailure('mapping', `more work than one event may cost (${STEP_BUDGET} steps)`);
}

/** A run-time error of a mapping: it fails this mapping for this event and names the directive and the reason. */
export function runFailure(directive: string, reason: string, cause?: unknown): Failure {
  const message = `${directive}: ${reason}`;
  return new Failure('VALIDATION_FAILED', message, {
    details: [{ path: directive, message: reason }],
    ...(cause === undefined ? {} : { cause }),
  });
}
