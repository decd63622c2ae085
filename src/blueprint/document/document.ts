/** The blueprint document as it is after reading: every optional part filled in. It must not know how it was written. */
import type { Place } from './report.ts';

export interface TransformCall {
  readonly name: string;
  readonly format?: string;
  readonly at: Place;
}

/** One line of a rule: where a value comes from, what happens to it, and where it goes. */
export interface MappingItem {
  readonly at: Place;
  readonly target: string;
  /** Written sources in order; the first that gives something wins. Empty when there is a `value`. */
  readonly sources: readonly string[];
  /** A mapping expression, in place of sources. */
  readonly value?: { readonly expression: unknown };
  readonly transforms: readonly TransformCall[];
  /** Text of the value → what it becomes; `*` stands for every other value and for none. */
  readonly valueMap?: ReadonlyMap<string, unknown>;
  readonly default?: { readonly value: unknown };
  readonly required: boolean;
}

/** A transform of a finished target. */
export interface TargetTransform {
  readonly at: Place;
  readonly target: string;
  readonly transforms: readonly TransformCall[];
}

/** `enrichments` fill the targets that the mappings leave empty; `transforms` change targets when both are done. */
export interface Layer {
  readonly mappings: readonly MappingItem[];
  readonly enrichments: readonly MappingItem[];
  readonly transforms: readonly TargetTransform[];
}

export interface Rule extends Layer {
  readonly at: Place;
  /** `Order Completed`, `Order Completed/1` for the second rule of that event, and so on. */
  readonly id: string;
  /** The key under `events`. */
  readonly key: string;
  readonly description?: string;
  readonly enabled: boolean;
  readonly action?: string;
  readonly vendorEventName?: string;
  readonly when?: string;
}

export interface BlueprintDocument {
  readonly description?: string;
  readonly deliveryMode: string;
  readonly aliases: boolean;
  readonly parameters: Readonly<Record<string, string>>;
  readonly global: Layer;
  /** `action` is `drop` or the action of every event that has no entry. */
  readonly defaults: Rule;
  /** Every key under `events`, also those without a rule. */
  readonly keys: readonly string[];
  readonly rules: readonly Rule[];
}

/** The word of `defaults.action` that says: nothing happens. */
export const DROP = 'drop';
/** The id of the rule for events without an entry. */
export const DEFAULTS_RULE = 'defaults';
