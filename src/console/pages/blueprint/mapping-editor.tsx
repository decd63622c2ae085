/** The fields of a rule: where each comes from, how it is changed, where it goes. It must not know how mappings run. */
import { useState } from 'react';
import type { JsonObject, JsonValue, TransformWord } from '../../api/answers.ts';
import { changeMapping, type MappingView, moved, writtenSources } from '../../blueprint/document.ts';
import { textOfValue, valueOfText } from '../../blueprint/values.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Combobox, type Proposal } from '../../ui/combobox.tsx';
import { TextInput } from '../../ui/field.tsx';
import { MappingMore } from './mapping-more.tsx';

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
  const [open, setOpen] = useState<number>();
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
          isOpen={open === index}
          onToggle={() => setOpen(open === index ? undefined : index)}
          place={{
            name: `${title} ${index}`,
            isFirst: index === 0,
            isLast: index === mappings.length - 1,
          }}
          onMove={(by) => {
            setOpen(index + by);
            onChange(moved(written, index, by));
            return `${title} ${index + by}`;
          }}
          onChange={(next) => onChange(written.map((each, at) => (at === index ? next : each)))}
          onRemove={() => {
            setOpen(undefined);
            onChange(written.filter((_each, at) => at !== index));
          }}
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
  readonly isOpen: boolean;
  readonly place: { readonly name: string; readonly isFirst: boolean; readonly isLast: boolean };
  readonly onToggle: () => void;
  /** Answers the name of its new place. */
  readonly onMove: (by: -1 | 1) => string;
  readonly onChange: (mapping: JsonObject) => void;
  readonly onRemove: () => void;
}

function MappingRow(props: MappingRowProps) {
  const { mapping, sources, targets, transforms, isOpen, place, onToggle, onMove, onChange, onRemove } =
    props;
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
          onClick={onToggle}
        />
        <IconButton icon="cross" label={`Remove ${what}`} small onClick={onRemove} />
      </div>
      {isOpen && <MappingMore {...{ mapping, sources, place, what, onChange, onMove }} />}
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
  const [text, setText] = useState(() => textOfValue(value ?? ''));
  return (
    <TextInput
      className="input-small input-mono"
      aria-label={isExpression ? 'Expression' : 'Fixed value'}
      value={text}
      onChange={(event) => {
        setText(event.target.value);
        onChange(valueOfText(event.target.value));
      }}
    />
  );
}
