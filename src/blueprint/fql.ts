/**
 * The trigger language as a package export (`./fql`): one expression that decides whether something runs for an event.
 * It must not know mappings, blueprints or any vendor. Compatible with Segment's destination-subscriptions.
 */
import type { FqlAst, FqlGroup } from './fql/ast.ts';
import { matcher } from './fql/match.ts';
import { parseFql } from './fql/parse.ts';

export type { FqlAst, FqlCondition, FqlError, FqlGroup } from './fql/ast.ts';
export { parseFql } from './fql/parse.ts';
export { generateFql } from './fql/print.ts';

/** Whether an event matches a tree; false for an error tree and for a missing event. */
export function validate(ast: FqlAst, event: unknown): boolean {
  if (event === undefined || event === null || 'error' in ast) return false;
  return matcher(ast)(event);
}

/** A trigger that is ready to run. */
export interface CompiledFql {
  readonly ast: FqlGroup;
  match(event: unknown): boolean;
}

/** Parses once, to match many times. Throws a Failure VALIDATION_FAILED with the position of the mistake. */
export function compile(text: string): CompiledFql {
  const ast = parseFql(text);
  if ('error' in ast) throw ast.error;
  const matches = matcher(ast);
  return Object.freeze({
    ast,
    match: (event: unknown) => event !== undefined && event !== null && matches(event),
  });
}
