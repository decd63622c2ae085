/** The one table of named transforms. It must not know mappings, events or any vendor. */
import { ADDRESS_TRANSFORMS } from './transforms/addresses.ts';
import { LIST_TRANSFORMS } from './transforms/lists.ts';
import { NUMBER_TRANSFORMS } from './transforms/numbers.ts';
import { PEOPLE_TRANSFORMS } from './transforms/people.ts';
import { TEXT_TRANSFORMS } from './transforms/texts.ts';
import { TIME_TRANSFORMS } from './transforms/times.ts';
import type { Transform } from './transforms/transform.ts';

export type { Apply, Kind, Transform } from './transforms/transform.ts';

/** Name → transform: what `transform` in a blueprint can name. */
export const TRANSFORMS: ReadonlyMap<string, Transform> = new Map(
  [
    ...PEOPLE_TRANSFORMS,
    ...TEXT_TRANSFORMS,
    ...NUMBER_TRANSFORMS,
    ...TIME_TRANSFORMS,
    ...LIST_TRANSFORMS,
    ...ADDRESS_TRANSFORMS,
  ].map((transform) => [transform.name, transform] as const),
);
