/** The fields of a rule: where each comes from, how it is changed, where it goes. It must not know how mappings run. */
import { type ComponentProps, useState } from 'react';
import type { JsonObject, JsonValue, TransformWord } from '../../api/answers.ts';
import { changeMapping, type MappingView, writtenSources } from '../../blueprint/document.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Combobox, type Proposal } from '../../ui/combobox.tsx';
import { Field, TextInput } from '../../ui/field.tsx';

interface MappingEditorProps {
  readonly title: string;
  readonly mappings: readonly MappingView[];
  readonly sources: readonly Proposal[];
  readonly targets: readonly Proposal[];
  readonly transforms: readonly TransformWord[];
  readonly onChange: (mappings: readonly JsonObject[]) => void;
}

export function MappingEditor({
  title,
  mappings,
  sources,
  targets,
  transforms,
  onChange,
}: MappingEditorProps) {
  const written = mappings.map((mapping) => mapping.written);
  const words = transforms.map(({ name, description }) => ({ value: name, note: description }));
  return (
    <fieldset className="mapping-list">
      <legend className="label-line">{title}</legend>
      {mappings.length > 0 && (
        <div className="mapping-names" aria-hidden="true">
          <span>From the event</span>
          <span>Changed by</span>
          <span>To</span>
          <span />
        </div>
      )}
      {mappings.map((mapping, index) => (
        <MappingRow
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place.
          key={index}
          mapping={mapping}
          sources={sources}
          targets={targets}
          transforms={words}
          onChange={(next) => onChange(written.map((each, at) => (at === index ? next : each)))}
          onRemove={() => onChange(written.filter((_each, at) => at !== index))}
        />
      ))}
      <div>
        <Button
          small
          kind="quiet"
          icon="plus"
          onClick={() =>
            onChange([...written, { source: sources[0]?.value ?? 'properties.name', target: 'new_field' }])
          }
        >
          Add a field
        </Button>
      </div>
    </fieldset>
  );
}

interface MappingRowProps {
  readonly mapping: MappingView;
  readonly sources: readonly Proposal[];
  readonly targets: readonly Proposal[];
  readonly transforms: readonly Proposal[];
  readonly onChange: (mapping: JsonObject) => void;
  readonly onRemove: () => void;
}

function MappingRow({ mapping, sources, targets, transforms, onChange, onRemove }: MappingRowProps) {
  const [isOpen, setOpen] = useState(false);
  const [first = '', ...others] = mapping.sources;
  const isValue = mapping.value !== undefined;
  const what = mapping.target || 'this field';
  return (
    <div className="mapping">
      {isValue ? (
        <ValueInput value={mapping.value} onChange={(value) => onChange(changeMapping(mapping, { value }))} />
      ) : (
        <Combobox
          mono
          aria-label={`Source of ${what}`}
          value={first}
          proposals={sources}
          onChange={(source) =>
            onChange(changeMapping(mapping, { source: writtenSources([source, ...others]) ?? '' }))
          }
        />
      )}
      <Combobox
        aria-label={`Transform of ${what}`}
        placeholder="unchanged"
        value={mapping.transforms.join(', ')}
        proposals={transforms}
        onChange={(text) => onChange(changeMapping(mapping, { transform: transformsOf(text) }))}
      />
      <Combobox
        mono
        aria-label={`Target fed by ${first}`}
        value={mapping.target}
        proposals={targets}
        onChange={(target) => onChange(changeMapping(mapping, { target }))}
      />
      <div className="mapping-buttons">
        <IconButton
          icon={isOpen ? 'down' : 'more'}
          label={`More about ${what}`}
          aria-expanded={isOpen}
          small
          onClick={() => setOpen(!isOpen)}
        />
        <IconButton icon="cross" label={`Remove ${what}`} small onClick={onRemove} />
      </div>
      {isOpen && (
        <div className="mapping-more">
          {!isValue && (
            <Field
              label="Otherwise from"
              help="Tried in this order when the first is not there; separate with commas."
            >
              {(input) => (
                <CommaInput
                  {...input}
                  texts={others}
                  onChange={(texts) =>
                    onChange(changeMapping(mapping, { source: writtenSources([first, ...texts]) ?? '' }))
                  }
                />
              )}
            </Field>
          )}
          <Field label="When there is none">
            {(input) => (
              <TextInput
                {...input}
                className="input-small"
                placeholder="nothing"
                value={mapping.default === undefined ? '' : String(mapping.default)}
                onChange={(event) =>
                  onChange(
                    changeMapping(mapping, {
                      default: event.target.value === '' ? undefined : event.target.value,
                    }),
                  )
                }
              />
            )}
          </Field>
          <label className="row row-still small">
            <input
              type="checkbox"
              className="check"
              checked={mapping.required}
              onChange={(event) =>
                onChange(changeMapping(mapping, { required: event.target.checked ? true : undefined }))
              }
            />
            Needed: send nothing without it
          </label>
          <Button
            small
            kind="quiet"
            onClick={() =>
              onChange(
                isValue
                  ? changeMapping(mapping, {
                      value: undefined,
                      source: sources[0]?.value ?? 'properties.name',
                    })
                  : changeMapping(mapping, { value: '', source: undefined }),
              )
            }
          >
            {isValue ? 'Take it from the event' : 'Use a fixed value'}
          </Button>
        </div>
      )}
    </div>
  );
}

function transformsOf(text: string): JsonValue | undefined {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return names.length > 1 ? names : names[0];
}

/** A constant as its text; an expression as JSON. */
function ValueInput({
  value,
  onChange,
}: {
  readonly value: JsonValue | undefined;
  readonly onChange: (value: JsonValue) => void;
}) {
  const isExpression = typeof value === 'object' && value !== null;
  const [text, setText] = useState(() => (isExpression ? JSON.stringify(value) : String(value ?? '')));
  return (
    <TextInput
      className="input-small input-mono"
      aria-label={isExpression ? 'Expression' : 'Fixed value'}
      value={text}
      onChange={(event) => {
        setText(event.target.value);
        onChange(parsedValue(event.target.value));
      }}
    />
  );
}

/** Objects, lists and numbers as such, everything else as text. */
function parsedValue(text: string): JsonValue {
  if (!/^\s*([[{]|-?\d+(\.\d+)?\s*$|(true|false)\s*$)/.test(text)) return text;
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}

type CommaInputProps = Omit<ComponentProps<'input'>, 'value' | 'onChange'> & {
  readonly texts: readonly string[];
  readonly onChange: (texts: readonly string[]) => void;
};

/** Keeps what is typed while it is typed: a comma at the end is no text yet. */
function CommaInput({ texts, onChange, ...rest }: CommaInputProps) {
  const [text, setText] = useState(texts.join(', '));
  return (
    <TextInput
      {...rest}
      className="input-small input-mono"
      value={text}
      onChange={(event) => {
        setText(event.target.value);
        onChange(event.target.value.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()])));
      }}
    />
  );
}
