/** The shapes of a trigger's tree, which are Segment's. They must not know how a tree was written or is matched. */
import { Failure } from '../../event/failure.ts';

export type FqlOperator =
  | '='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | 'number_equals'
  | 'number_not_equals'
  | 'contains'
  | 'not_contains'
  | 'starts_with'
  | 'not_starts_with'
  | 'ends_with'
  | 'not_ends_with'
  | 'exists'
  | 'not_exists'
  | 'is_true'
  | 'is_false';

export type FqlValue = string | number | boolean;

/** A condition on a member of the event (`event-type`, `event`, `name`, `userId`) or, with a `name`, on a path below one. */
export interface FqlCondition {
  readonly type: FqlField;
  readonly name?: string;
  readonly operator: FqlOperator;
  readonly value?: FqlValue;
}

export type FqlField =
  | 'event-type'
  | 'event'
  | 'name'
  | 'userId'
  | 'event-property'
  | 'event-trait'
  | 'event-context';

export interface FqlGroup {
  readonly type: 'group';
  readonly operator: 'and' | 'or';
  readonly children: readonly (FqlGroup | FqlCondition)[];
}

/** What a text that is no trigger gives in place of a tree. */
export interface FqlError {
  readonly error: Error;
}

export type FqlAst = FqlGroup | FqlError;

/** How deep groups may nest, and how long a text may be. */
export const MAX_FQL_DEPTH = 32;
export const MAX_FQL_LENGTH = 10_000;

/** A field of the tree → the word of the language, and the member of the event that it reads. */
export const FIELDS: Readonly<Record<FqlField, { readonly word: string; readonly member: string }>> = {
  'event-type': { word: 'type', member: 'type' },
  event: { word: 'event', member: 'event' },
  name: { word: 'name', member: 'name' },
  userId: { word: 'userId', member: 'userId' },
  'event-property': { word: 'properties', member: 'properties' },
  'event-trait': { word: 'traits', member: 'traits' },
  'event-context': { word: 'context', member: 'context' },
};

/** True for the fields that are followed by a path. */
export function hasPath(field: FqlField): boolean {
  return field === 'event-property' || field === 'event-trait' || field === 'event-context';
}

/** A mistake in a text. `position` counts characters from 0. */
export function fqlFailure(reason: string, position: number): Failure {
  const message = `The condition cannot be read: ${reason} (at character ${position + 1}).`;
  return new Failure('VALIDATION_FAILED', message, { details: [{ path: '', message: reason, position }] });
}
