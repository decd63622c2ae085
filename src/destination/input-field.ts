/** Inputs of actions and settings of destinations, as data. It must not know what is done with them. */
import type { JsonValue } from '../event/json.ts';

export type SyncMode = 'add' | 'update' | 'upsert' | 'delete' | 'mirror';

export interface Choice {
  readonly value: string | number | boolean;
  readonly label: string;
}

/** `is` with an undefined value asks for "has no value", `is_not` for "has one"; a list means any of its members. */
export interface FieldCondition {
  readonly fieldKey: string;
  readonly type?: 'field';
  readonly operator: 'is' | 'is_not';
  readonly value?: JsonValue | undefined;
}

export interface SyncModeCondition {
  readonly type: 'syncMode';
  readonly operator: 'is' | 'is_not';
  readonly value: SyncMode;
}

export interface DependsOnConditions {
  readonly match?: 'any' | 'all';
  readonly conditions: readonly (FieldCondition | SyncModeCondition)[];
}

export type FieldType =
  | 'string'
  | 'text'
  | 'number'
  | 'integer'
  | 'datetime'
  | 'boolean'
  | 'password'
  | 'object';

export type FieldFormat =
  | 'date'
  | 'time'
  | 'date-time'
  | 'uri'
  | 'uri-reference'
  | 'uri-template'
  | 'email'
  | 'hostname'
  | 'ipv4'
  | 'ipv6'
  | 'regex'
  | 'uuid'
  | 'password'
  | 'text';

/** One input of an action. `default` is a raw value or a mapping directive; `minimum`/`maximum` bound a number's value or a text's length. */
export interface InputField {
  readonly label: string;
  readonly description: string;
  readonly type: FieldType;
  readonly required?: boolean | DependsOnConditions;
  readonly default?: JsonValue;
  readonly allowNull?: boolean;
  readonly multiple?: boolean;
  readonly additionalProperties?: boolean;
  readonly properties?: Readonly<Record<string, InputField>>;
  readonly choices?: readonly (string | Choice)[];
  readonly format?: FieldFormat;
  readonly placeholder?: string;
  readonly dynamic?: boolean;
  readonly depends_on?: DependsOnConditions;
  readonly defaultObjectUI?: 'keyvalue' | 'object' | 'keyvalue:only' | 'object:only' | 'arrayeditor';
  readonly unsafe_hidden?: boolean;
  readonly readOnly?: boolean;
  readonly category?: 'identifier' | 'data' | 'internal' | 'config' | 'sync' | 'hashedPII';
  readonly displayMode?: 'expanded' | 'normal' | 'collapsed';
  readonly disabledInputMethods?: readonly (
    | 'literal'
    | 'variable'
    | 'function'
    | 'enrichment'
    | 'freeform'
  )[];
  readonly minimum?: number;
  readonly maximum?: number;
}

/** One setting of an installed destination. `type: 'password'` marks a secret. */
export interface GlobalSetting {
  readonly type: 'string' | 'password' | 'number' | 'boolean';
  readonly label: string;
  readonly description: string;
  readonly required?: boolean;
  readonly default?: string | number | boolean | readonly string[];
  readonly choices?: readonly Choice[];
  readonly format?: FieldFormat;
  readonly multiple?: boolean;
  readonly placeholder?: string;
  readonly depends_on?: DependsOnConditions;
}
