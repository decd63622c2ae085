/** Narrows a list to one integration; nothing where there is only one. It must not know what is listed. */
import { useAttachments, useIntegrationNames } from '../../api/queries.ts';
import { FilterSelect } from '../../ui/filter-select.tsx';

interface IntegrationSelectProps {
  readonly value: string | undefined;
  /** The id of a pipeline integration; empty for all. */
  readonly onChange: (id: string) => void;
}

export function IntegrationSelect({ value, onChange }: IntegrationSelectProps) {
  const { data: attachments = [] } = useAttachments();
  const names = useIntegrationNames();
  if (attachments.length < 2) return null;
  return (
    <FilterSelect
      label="Integration"
      every="Every integration"
      choices={[...names]}
      value={value}
      onChange={onChange}
    />
  );
}
