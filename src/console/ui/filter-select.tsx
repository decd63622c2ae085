/** One filter of a list: everything, or one of several choices. It must not know what is listed. */
import { Select } from './field.tsx';

interface FilterSelectProps {
  readonly label: string;
  /** What choosing nothing says, "Every kind". */
  readonly every: string;
  /** Each value with the words for it. */
  readonly choices: readonly (readonly [string, string])[];
  readonly value: string | undefined;
  /** Empty for everything. */
  readonly onChange: (value: string) => void;
}

export function FilterSelect({ label, every, choices, value = '', onChange }: FilterSelectProps) {
  return (
    <Select aria-label={label} value={value} onChange={(event) => onChange(event.target.value)}>
      <option value="">{every}</option>
      {choices.map(([choice, words]) => (
        <option key={choice} value={choice}>
          {words}
        </option>
      ))}
    </Select>
  );
}
