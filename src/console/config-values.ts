/** Settings as a form holds them, and as the API takes them. It must not know any vendor. */
import type { ConfigField, JsonObject, JsonValue, Problem } from './api/answers.ts';

/** What stands in the inputs, all as text; lists are written with commas, switches are `true` or `false`. */
export type FormValues = Readonly<Record<string, string>>;

/** The text of a secret that is set; sending it back keeps the secret. */
export const SECRET_MASK = '***';

export function formValues(fields: readonly ConfigField[], config: JsonObject = {}): FormValues {
  return Object.fromEntries(
    fields.map((field) => [field.key, textOf(config[field.key] ?? field.default)] as const),
  );
}

function textOf(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return '';
  if (Array.isArray(value)) return value.join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/**
 * The settings to send. Empty ones are left out, except lists, where nothing is a choice of its own; so are those that
 * stand at their default and were not set before.
 */
export function configOf(
  fields: readonly ConfigField[],
  values: FormValues,
  former: JsonObject = {},
): JsonObject {
  const config: Record<string, JsonValue> = {};
  for (const field of fields) {
    const text = (values[field.key] ?? '').trim();
    if (text === textOf(field.default) && !Object.hasOwn(former, field.key)) continue;
    const value = settingOf(field, text);
    if (value !== undefined) config[field.key] = value;
  }
  return config;
}

function settingOf(field: ConfigField, text: string): JsonValue | undefined {
  if (field.type === 'list') {
    return text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
  }
  if (text === '') return undefined;
  if (field.type === 'boolean') return text === 'true';
  if (field.type === 'number' || field.type === 'integer')
    return Number.isNaN(Number(text)) ? text : Number(text);
  return text;
}

/** What can be told before asking the service: required settings that are empty. Key → sentence. */
export function missingValues(
  fields: readonly ConfigField[],
  values: FormValues,
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    fields.flatMap(({ key, label, required }) =>
      required && (values[key] ?? '').trim() === '' ? [[key, `${label} is needed.`] as const] : [],
    ),
  );
}

/** Problems of an answer, by the input they belong to: `config.api_url` → `api_url`. The rest is under ''. */
export function problemsByField(details: readonly Problem[]): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const { path, message } of details) {
    const key = path.replace(/^config\./, '').replace(/\.\d+$/, '');
    found[key] ??= asSentence(message);
  }
  return found;
}

/** Problems are worded to follow the name of their place: `is required` → `This is required.` */
export function asSentence(message: string): string {
  const text = /^(is|must|should|names|has|needs|may|takes|cannot|does|contains)\b/.test(message)
    ? `This ${message}`
    : message.charAt(0).toUpperCase() + message.slice(1);
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

/** Fields that one must think about, and those that have a sensible value already. */
export function groupFields(fields: readonly ConfigField[]): {
  readonly main: readonly ConfigField[];
  readonly more: readonly ConfigField[];
} {
  const isMain = (field: ConfigField): boolean => field.required || field.default === undefined;
  const main = fields.filter((field, index) => isMain(field) && (field.required || index < MOST_MAIN));
  return { main, more: fields.filter((field) => !main.includes(field)) };
}

/** The catalog lists what matters first; optional settings beyond these can wait. */
const MOST_MAIN = 4;
