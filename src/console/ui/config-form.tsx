/** The inputs of an integration's settings, drawn from the catalog. It must not know any vendor. */
import type { ConfigField } from '../api/answers.ts';
import { type FormValues, groupFields, SECRET_MASK } from '../config-values.ts';
import { Field, SecretInput, Select, TextInput } from './field.tsx';

interface ConfigFormProps {
  readonly fields: readonly ConfigField[];
  readonly values: FormValues;
  readonly errors: Readonly<Record<string, string>>;
  readonly onChange: (key: string, value: string) => void;
}

export function ConfigForm({ fields, values, errors, onChange }: ConfigFormProps) {
  const { main, more } = groupFields(fields);
  const draw = (field: ConfigField) => (
    <ConfigInput
      key={field.key}
      field={field}
      value={values[field.key] ?? ''}
      error={errors[field.key]}
      onChange={(value) => onChange(field.key, value)}
    />
  );
  const hasHiddenError = more.some(({ key }) => errors[key] !== undefined);
  return (
    <div className="stack">
      {main.map(draw)}
      {more.length > 0 && (
        <details className="more" open={hasHiddenError || undefined}>
          <summary>More settings</summary>
          <div className="stack">{more.map(draw)}</div>
        </details>
      )}
    </div>
  );
}

interface ConfigInputProps {
  readonly field: ConfigField;
  readonly value: string;
  readonly error: string | undefined;
  readonly onChange: (value: string) => void;
}

function ConfigInput({ field, value, error, onChange }: ConfigInputProps) {
  const { key, label, type, required, placeholder, help_text, options = [] } = field;
  const help = type === 'list' ? `${help_text ?? ''} Separate several with commas.`.trim() : help_text;
  return (
    <Field
      label={label}
      optional={!required && type !== 'select' && type !== 'boolean'}
      error={error}
      {...(help === undefined ? {} : { help })}
    >
      {(input) => {
        if (type === 'secret') {
          return (
            <SecretInput
              {...input}
              name={key}
              placeholder={placeholder}
              value={value}
              onFocus={(event) => value === SECRET_MASK && event.target.select()}
              onChange={(event) => onChange(event.target.value)}
            />
          );
        }
        if (type === 'boolean' || (type === 'select' && options.length > 0)) {
          const choices =
            type === 'select'
              ? options
              : [
                  { value: 'true', label: 'Yes' },
                  { value: 'false', label: 'No' },
                ];
          return (
            <Select {...input} name={key} value={value} onChange={(event) => onChange(event.target.value)}>
              {!choices.some((choice) => choice.value === value) && (
                <option value={value}>{value || '–'}</option>
              )}
              {choices.map((choice) => (
                <option key={choice.value} value={choice.value}>
                  {choice.label}
                </option>
              ))}
            </Select>
          );
        }
        return (
          <TextInput
            {...input}
            name={key}
            placeholder={placeholder}
            autoComplete="off"
            spellCheck={false}
            inputMode={type === 'number' || type === 'integer' ? 'numeric' : undefined}
            value={value}
            onChange={(event) => onChange(event.target.value)}
          />
        );
      }}
    </Field>
  );
}
