/** What values become: a table of from and to, and one line for everything else. It must not know where the values come from. */
import { useState } from 'react';
import type { JsonValue } from '../../api/answers.ts';
import { textOfValue, valueOfText } from '../../blueprint/values.ts';
import { Button, IconButton } from '../../ui/button.tsx';
import { TextInput } from '../../ui/field.tsx';

type Row = readonly [from: string, to: string];

interface ValueMapEditorProps {
  readonly what: string;
  readonly entries: readonly (readonly [string, JsonValue])[];
  /** Undefined: values stay as they are. */
  readonly onChange: (map: Readonly<Record<string, JsonValue>> | undefined) => void;
}

/** The key of what every other value becomes. */
const OTHERS = '*';

export function ValueMapEditor({ what, entries, onChange }: ValueMapEditorProps) {
  // Rows that are not finished have no place in the document yet.
  const [rows, setRows] = useState<readonly Row[]>(() =>
    entries.map(([from, to]) => [from, textOfValue(to)] as const),
  );
  const change = (next: readonly Row[]): void => {
    setRows(next);
    const finished = next.filter(([from]) => from !== '');
    onChange(
      finished.length === 0
        ? undefined
        : Object.fromEntries(finished.map(([from, to]) => [from, valueOfText(to)])),
    );
  };
  const put = (index: number, row: Row): void => change(rows.map((each, at) => (at === index ? row : each)));
  return (
    <fieldset className="value-map">
      <legend className="field-label">Translate values</legend>
      {rows.map(([from, to], index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a row is its place.
        <div key={index} className="value-map-row">
          {from === OTHERS ? (
            <span className="soft small">every other value</span>
          ) : (
            <TextInput
              className="input-small input-mono"
              aria-label={`Value of ${what} to translate`}
              placeholder="value"
              value={from}
              onChange={(event) => put(index, [event.target.value, to])}
            />
          )}
          <span aria-hidden="true">→</span>
          <TextInput
            className="input-small input-mono"
            aria-label={from === OTHERS ? `What every other ${what} becomes` : `What ${from || 'it'} becomes`}
            placeholder="becomes"
            value={to}
            onChange={(event) => put(index, [from, event.target.value])}
          />
          <IconButton
            icon="cross"
            label={`Do not translate ${from === OTHERS ? 'every other value' : from}`}
            small
            onClick={() => change(rows.filter((_row, at) => at !== index))}
          />
        </div>
      ))}
      <div className="row">
        <Button small kind="quiet" icon="plus" onClick={() => setRows([...rows, ['', '']])}>
          Add a value
        </Button>
        {!rows.some(([from]) => from === OTHERS) && (
          <Button small kind="quiet" icon="plus" onClick={() => change([...rows, [OTHERS, '']])}>
            Add every other value
          </Button>
        )}
      </div>
    </fieldset>
  );
}
