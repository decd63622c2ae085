/** The filters of the list of deliveries. It must not know how they are applied. */
import { useState } from 'react';
import { navigate } from '../../router.tsx';
import { type Query, to } from '../../routes.ts';
import { Button } from '../../ui/button.tsx';
import { SearchInput } from '../../ui/field.tsx';
import { FilterSelect } from '../../ui/filter-select.tsx';
import { REASONS } from '../../words.ts';
import { IntegrationSelect } from '../integrations/integration-select.tsx';

interface DeliveryToolbarProps {
  readonly query: Query;
  readonly onChange: (change: Query) => void;
}

const CODES = Object.entries(REASONS)
  .map(([code, { title }]) => [code, title] as const)
  .sort(([, a], [, b]) => a.localeCompare(b));

export function DeliveryToolbar({ query, onChange }: DeliveryToolbarProps) {
  const [email, setEmail] = useState(query['email'] ?? '');
  const isFiltered = Object.keys(query).some((key) => key !== 'status');
  return (
    <search className="toolbar">
      <SearchInput
        label="E-mail of the contact"
        value={email}
        onChange={(value) => {
          setEmail(value);
          onChange({ email: value.trim() });
        }}
      />
      <FilterSelect
        label="Reason"
        every="Every reason"
        choices={CODES}
        value={query['code']}
        onChange={(code) => onChange({ code })}
      />
      <IntegrationSelect
        value={query['integration_id']}
        onChange={(id) => onChange({ integration_id: id })}
      />
      {isFiltered && (
        <Button
          kind="quiet"
          icon="cross"
          onClick={() => {
            setEmail('');
            navigate(to('deliveries', {}, { status: query['status'] }), { replace: true });
          }}
        >
          Clear
        </Button>
      )}
    </search>
  );
}
