/** The filters of the list of deliveries. It must not know how they are applied. */
import { useMemo, useState } from 'react';
import type { FilterQuery } from '../../filters.ts';
import { navigate } from '../../router.tsx';
import { to } from '../../routes.ts';
import { Button } from '../../ui/button.tsx';
import { SearchInput, Select } from '../../ui/field.tsx';
import { REASONS } from '../../words.ts';
import { IntegrationSelect } from '../integrations/integration-select.tsx';
import '../../ui/rows.css';

interface DeliveryToolbarProps {
  readonly query: FilterQuery;
  readonly onChange: (change: FilterQuery) => void;
}

export function DeliveryToolbar({ query, onChange }: DeliveryToolbarProps) {
  const [email, setEmail] = useState(query['email'] ?? '');
  const codes = useMemo(
    () => Object.entries(REASONS).sort(([, a], [, b]) => a.title.localeCompare(b.title)),
    [],
  );
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
      <Select
        aria-label="Reason"
        value={query['code'] ?? ''}
        onChange={(event) => onChange({ code: event.target.value })}
      >
        <option value="">Every reason</option>
        {codes.map(([code, { title }]) => (
          <option key={code} value={code}>
            {title}
          </option>
        ))}
      </Select>
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
