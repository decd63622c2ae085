/** How actions, their fields and the choices of fields look in answers. It must not know any destination. */
import type { InputField } from '../../destination/definition.ts';
import type { ActionWords, Choices } from './vendor.ts';

export function actionView(action: ActionWords) {
  return {
    slug: action.slug,
    title: action.title,
    description: action.description,
    repeatable: action.repeatable,
    available: action.unavailable === undefined,
    ...(action.unavailable === undefined ? {} : { unavailable_reason: action.unavailable }),
    ...(action.restField === undefined ? {} : { rest_field: action.restField }),
    ...(action.eventNameField === undefined ? {} : { event_name_field: action.eventNameField }),
    fields: fieldViews(action.fields),
  };
}

interface FieldView {
  readonly key: string;
  readonly label: string;
  readonly description: string;
  readonly type: string;
  readonly required: boolean;
  readonly format?: string;
  readonly choices?: readonly { readonly value: string; readonly label: string }[];
  readonly dynamic?: true;
  readonly multiple?: true;
  readonly properties?: readonly FieldView[];
}

function fieldViews(fields: Readonly<Record<string, InputField>>): readonly FieldView[] {
  return Object.entries(fields)
    .filter(([, field]) => field.unsafe_hidden !== true)
    .map(([key, field]) => fieldView(key, field));
}

/** A field that is required only under a condition counts as not required: an editor cannot know the condition. */
function fieldView(key: string, field: InputField): FieldView {
  const { label, description, type, format, properties } = field;
  return {
    key,
    label,
    description,
    type,
    required: field.required === true,
    ...(format === undefined ? {} : { format }),
    ...(field.choices === undefined ? {} : { choices: field.choices.map(choiceView) }),
    ...(field.dynamic === true ? { dynamic: true } : {}),
    ...(field.multiple === true ? { multiple: true } : {}),
    ...(properties === undefined ? {} : { properties: fieldViews(properties) }),
  };
}

function choiceView(choice: NonNullable<InputField['choices']>[number]) {
  return typeof choice === 'string'
    ? { value: choice, label: choice }
    : { value: String(choice.value), label: choice.label };
}

export function choicesView({ choices, nextPage, error }: Choices) {
  return {
    data: choices.map(({ value, label, description }) => ({
      value,
      label,
      ...(description === undefined ? {} : { description }),
    })),
    next_cursor: nextPage ?? null,
    has_more: nextPage !== undefined,
    ...(error === undefined ? {} : { error }),
  };
}
