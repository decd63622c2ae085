/** What a blueprint must know of an action to map to it. The destination's own definitions fit these shapes. */

export type FieldType =
  | 'string'
  | 'text'
  | 'number'
  | 'integer'
  | 'datetime'
  | 'boolean'
  | 'password'
  | 'object';

/** One field of an action: the part of a destination's input field that mapping and checking need. */
export interface FieldShape {
  readonly label: string;
  readonly type: FieldType;
  /** Anything but `true` is a condition that only the destination can judge. */
  readonly required?: unknown;
  readonly multiple?: boolean;
  /** The mapping of a field that no rule maps: a raw value or a directive. */
  readonly default?: unknown;
  readonly allowNull?: boolean;
  readonly properties?: Readonly<Record<string, FieldShape>>;
  readonly additionalProperties?: boolean;
  readonly choices?: readonly (
    | string
    | { readonly value: string | number | boolean; readonly label: string }
  )[];
  readonly format?: string;
  /** Limits of a number's value, or of a text's length. */
  readonly minimum?: number;
  readonly maximum?: number;
}

export interface ActionShape {
  readonly title: string;
  readonly fields: Readonly<Record<string, FieldShape>>;
  /** The field below which every target goes that is not a field itself. */
  readonly restField?: string;
  /** The field that `vendor_event_name` fills; without one, the event's own name. */
  readonly eventNameField?: string;
  readonly eventNameMaxLength?: number;
}

export type ActionShapes = Readonly<Record<string, ActionShape>>;
