/** Chooses the event of a new rule: one that was seen, or any other. It must not know how rules are written. */
import { useState } from 'react';
import type { JsonObject, ReceivedEvent } from '../../api/answers.ts';
import { TYPE_KEYS } from '../../blueprint/document.ts';
import { firstRule, seenEvents } from '../../blueprint/paths.ts';
import { countOf } from '../../moments.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, TextInput } from '../../ui/field.tsx';

interface AddRuleDialogProps {
  /** Keys that have a rule already. */
  readonly taken: readonly string[];
  readonly events: readonly ReceivedEvent[];
  readonly onAdd: (key: string, rule: JsonObject) => void;
  readonly onClose: () => void;
}

export function AddRuleDialog({ taken, events, onAdd, onClose }: AddRuleDialogProps) {
  const seen = seenEvents(events);
  const [key, setKey] = useState(seen.find((each) => !taken.includes(each.key))?.key ?? '');
  const others = TYPE_KEYS.filter((type) => !seen.some((each) => each.key === type) && !taken.includes(type));
  return (
    <Dialog
      title="Add a rule"
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="main"
            disabled={key.trim() === ''}
            onClick={() => onAdd(key.trim(), firstRule(key.trim(), events))}
          >
            Add
          </Button>
        </>
      }
    >
      {seen.length > 0 && (
        <fieldset className="stack stack-tight">
          <legend className="field-label">Events of the last hundred</legend>
          {seen.map((each) => (
            <label key={each.key} className="choice">
              <input type="radio" name="event" checked={key === each.key} onChange={() => setKey(each.key)} />
              <span className="grow">
                <span className="strong">{each.key}</span>{' '}
                <span className="field-help">
                  seen {countOf(each.count, 'time')}
                  {taken.includes(each.key) && ', has a rule already'}
                </span>
              </span>
            </label>
          ))}
        </fieldset>
      )}
      <Field
        label={seen.length > 0 ? 'Or another event' : 'Event'}
        help={
          others.length > 0
            ? `The name of a tracked event, or ${others.join(', ')}.`
            : 'The name of a tracked event.'
        }
      >
        {(input) => (
          <TextInput
            {...input}
            value={seen.some((each) => each.key === key) ? '' : key}
            placeholder="Newsletter Signed Up"
            onChange={(event) => setKey(event.target.value)}
          />
        )}
      </Field>
    </Dialog>
  );
}
