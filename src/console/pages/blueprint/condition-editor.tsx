/** The condition of a rule as rows, or as text where it says more than rows can. It must not know how conditions are judged. */

import { useState } from 'react';
import { type Clause, COMPARISONS, printCondition, readCondition } from '../../blueprint/condition.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { Combobox, type Proposal } from '../../ui/combobox.tsx';
import { Field, Select, TextInput } from '../../ui/field.tsx';

interface ConditionEditorProps {
  readonly text: string;
  readonly sources: readonly Proposal[];
  readonly onChange: (text: string) => void;
}

export function ConditionEditor({ text, sources, onChange }: ConditionEditorProps) {
  const read = readCondition(text);
  // Rows that are not finished yet have no text to be kept in.
  const [unfinished, setUnfinished] = useState<readonly Clause[]>([]);
  if (read === undefined) {
    return (
      <Field
        label="Only when"
        help="For example: properties.total >= 100 and (type = &quot;track&quot; or userId != null)"
      >
        {(input) => (
          <TextInput
            {...input}
            className="input-small input-mono"
            value={text}
            onChange={(event) => onChange(event.target.value)}
          />
        )}
      </Field>
    );
  }
  const clauses = [...read, ...unfinished];
  const set = (next: readonly Clause[]): void => {
    setUnfinished(next.filter(({ path }) => path.trim() === ''));
    onChange(printCondition(next));
  };
  return (
    <fieldset className="stack stack-tight">
      <legend className="label-line">Only when</legend>
      {clauses.length === 0 && <p className="faint small">Always.</p>}
      {clauses.map((clause, index) => (
        <ClauseRow
          // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place.
          key={index}
          clause={clause}
          sources={sources}
          onChange={(next) => set(clauses.map((each, at) => (at === index ? next : each)))}
          onRemove={() => set(clauses.filter((_each, at) => at !== index))}
        />
      ))}
      <div>
        <Button
          small
          kind="quiet"
          icon="plus"
          onClick={() => setUnfinished([...unfinished, { path: '', comparison: '=', value: '' }])}
        >
          {clauses.length === 0 ? 'Add a condition' : 'And'}
        </Button>
      </div>
    </fieldset>
  );
}

interface ClauseRowProps {
  readonly clause: Clause;
  readonly sources: readonly Proposal[];
  readonly onChange: (clause: Clause) => void;
  readonly onRemove: () => void;
}

function ClauseRow({ clause, sources, onChange, onRemove }: ClauseRowProps) {
  const { hasValue } = COMPARISONS.find(({ key }) => key === clause.comparison) ?? { hasValue: true };
  return (
    <div className="clause">
      <Combobox
        mono
        aria-label="Field of the event"
        placeholder="properties.total"
        value={clause.path}
        proposals={sources}
        onChange={(path) => onChange({ ...clause, path })}
      />
      <Select
        className="input-small"
        aria-label="Comparison"
        value={clause.comparison}
        onChange={(event) => {
          const chosen = COMPARISONS.find(({ key }) => key === event.target.value);
          if (chosen !== undefined) onChange({ ...clause, comparison: chosen.key });
        }}
      >
        {COMPARISONS.map(({ key, label }) => (
          <option key={key} value={key}>
            {label}
          </option>
        ))}
      </Select>
      {hasValue ? (
        <TextInput
          className="input-small"
          aria-label="Value"
          value={clause.value}
          onChange={(event) => onChange({ ...clause, value: event.target.value })}
        />
      ) : (
        <span />
      )}
      <IconButton icon="cross" label="Remove this condition" small onClick={onRemove} />
    </div>
  );
}
