/** Narrows a list to one integration; nothing where there is only one. It must not know what is listed. */
import { useAttachments, useIntegrationNames } from '../../api/queries.ts';
import { Select } from '../../ui/field.tsx';

interface IntegrationSelectProps {
  readonly value: string | undefined;
  /** The id of a pipeline integration; empty for all. */
  readonly onChange: (id: string) => void;
}

export function IntegrationSelect({ value = '', onChange }: IntegrationSelectProps) {
  const { data: attachments = [] } = useAttachments();
  const names = useIntegrationNames();
  if (attachments.length < 2) return null;
  return (
    <Select aria-label="Integration" value={value} onChange={(event) => onChange(event.target.value)}>
      <option value="">Every integration</option>
      {[...names].map(([id, name]) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </Select>
  );
}
