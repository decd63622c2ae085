/** What a field's row has no room for: other sources, a stand-in, translated values, its place. It must not know how mappings run. */
import { type ComponentProps, useState } from 'react';
import type { JsonObject, JsonValue } from '../../api/answers.ts';
import { changeMapping, type MappingView, writtenSources } from '../../blueprint/document.ts';
import { textOfValue, valueOfText } from '../../blueprint/values.ts';
import { Button } from '../../ui/button.tsx';
import type { Proposal } from '../../ui/combobox.tsx';
import { Field, TextInput } from '../../ui/field.tsx';
import { MoveButtons } from './move-buttons.tsx';
import { ValueMapEditor } from './value-map-editor.tsx';

interface MappingMoreProps {
  readonly mapping: MappingView;
  readonly sources: readonly Proposal[];
  /** How the field is called in labels. */
  readonly what: string;
  readonly place: { readonly name: string; readonly isFirst: boolean; readonly isLast: boolean };
  /** Answers the name of its new place. */
  readonly onMove: (by: -1 | 1) => string;
  readonly onChange: (mapping: JsonObject) => void;
}

export function MappingMore({ mapping, sources, what, place, onMove, onChange }: MappingMoreProps) {
  const [first = '', ...others] = mapping.sources;
  const [isTranslating, setTranslating] = useState(mapping.valueMap !== undefined);
  const isValue = mapping.value !== undefined;
  return (
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
          <DefaultInput
            {...input}
            value={mapping.default}
            onChange={(fallback) => onChange(changeMapping(mapping, { default: fallback }))}
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
      {isTranslating && (
        <ValueMapEditor
          what={what}
          entries={mapping.valueMap ?? []}
          onChange={(map) => onChange(changeMapping(mapping, { value_map: map }))}
        />
      )}
      {!isTranslating && (
        <Button small kind="quiet" onClick={() => setTranslating(true)}>
          Translate values
        </Button>
      )}
      <MoveButtons
        what={what}
        place={place.name}
        isFirst={place.isFirst}
        isLast={place.isLast}
        onMove={onMove}
      />
    </div>
  );
}

interface DefaultInputProps extends Omit<ComponentProps<'input'>, 'value' | 'onChange'> {
  readonly value: JsonValue | undefined;
  /** Undefined: nothing stands in. */
  readonly onChange: (value: JsonValue | undefined) => void;
}

function DefaultInput({ value, onChange, ...rest }: DefaultInputProps) {
  const [text, setText] = useState(() => (value === undefined ? '' : textOfValue(value)));
  return (
    <TextInput
      {...rest}
      className="input-small"
      placeholder="nothing"
      value={text}
      onChange={(event) => {
        setText(event.target.value);
        onChange(event.target.value === '' ? undefined : valueOfText(event.target.value));
      }}
    />
  );
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
