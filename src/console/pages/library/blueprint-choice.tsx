/** Which blueprint an installation begins with: one that is shipped, or one's own. It must not know what blueprints say. */
import { useState } from 'react';
import type { CatalogVendor, JsonObject } from '../../api/answers.ts';
import { isJsonObject } from '../../json.ts';
import { Field } from '../../ui/field.tsx';

export type BlueprintChosen = { readonly variant: string } | { readonly blueprint: JsonObject };

interface BlueprintChoiceProps {
  readonly vendor: CatalogVendor;
  readonly chosen: BlueprintChosen;
  readonly onChoose: (chosen: BlueprintChosen) => void;
}

export function BlueprintChoice({ vendor, chosen, onChoose }: BlueprintChoiceProps) {
  const isOwn = 'blueprint' in chosen;
  const variant = isOwn ? undefined : chosen.variant;
  return (
    <fieldset className="stack stack-tight">
      <legend className="field-label">Blueprint to begin with</legend>
      {vendor.variants.map(({ key, name, description }) => (
        <label key={key} className="choice">
          <input
            type="radio"
            name="variant"
            checked={variant === key}
            onChange={() => onChoose({ variant: key })}
          />
          <span>
            <span className="strong">{name}</span>
            {description !== undefined && <span className="field-help"> {description}</span>}
          </span>
        </label>
      ))}
      <label className="choice">
        <input type="radio" name="variant" checked={isOwn} onChange={() => onChoose({ blueprint: {} })} />
        <span>
          <span className="strong">My own</span>
          <span className="field-help"> Paste a blueprint that you already have.</span>
        </span>
      </label>
      {isOwn && <OwnBlueprint onChoose={onChoose} />}
    </fieldset>
  );
}

function OwnBlueprint({ onChoose }: { readonly onChoose: (chosen: BlueprintChosen) => void }) {
  const [text, setText] = useState('');
  const [error, setError] = useState<string>();
  return (
    <Field label="Blueprint as JSON" error={error}>
      {(input) => (
        <textarea
          {...input}
          className="input input-mono"
          rows={8}
          spellCheck={false}
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            const parsed = parsedOf(event.target.value);
            setError('wrong' in parsed ? parsed.wrong : undefined);
            if ('blueprint' in parsed) onChoose(parsed);
          }}
        />
      )}
    </Field>
  );
}

function parsedOf(text: string): { readonly blueprint: JsonObject } | { readonly wrong: string } {
  try {
    const blueprint: unknown = JSON.parse(text);
    return isJsonObject(blueprint) ? { blueprint } : { wrong: 'A blueprint is an object in braces.' };
  } catch (error) {
    if (error instanceof SyntaxError) return { wrong: `This is not JSON yet: ${error.message}` };
    throw error;
  }
}
