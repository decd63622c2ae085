/** The filters of the list of events. It must not know how they are applied. */
import { useState } from 'react';
import { navigate } from '../../router.tsx';
import { type Query, to } from '../../routes.ts';
import { Button } from '../../ui/button.tsx';
import { SearchInput } from '../../ui/field.tsx';
import { FilterSelect } from '../../ui/filter-select.tsx';
import { DELIVERY_WORDS, EVENT_TYPE_WORDS, VERDICT_WORDS } from '../../words.ts';
import { IntegrationSelect } from '../integrations/integration-select.tsx';

interface EventToolbarProps {
  readonly query: Query;
  readonly onChange: (change: Query) => void;
}

const KINDS = Object.entries(EVENT_TYPE_WORDS);
const OUTCOMES = [
  ...Object.entries(DELIVERY_WORDS).filter(([state]) => state !== 'filtered'),
  ...Object.entries(VERDICT_WORDS),
].map(([state, { label }]) => [state, label] as const);

export function EventToolbar({ query, onChange }: EventToolbarProps) {
  const [text, setText] = useState(query['q'] ?? query['email'] ?? query['event'] ?? query['user'] ?? '');
  const isFiltered = Object.values(query).some((value) => value !== undefined);
  return (
    <search className="toolbar">
      <SearchInput
        label="Search"
        placeholder="E-mail, event name or id"
        value={text}
        onChange={(value) => {
          setText(value);
          onChange({ q: value.trim(), email: undefined, event: undefined, user: undefined });
        }}
      />
      <FilterSelect
        label="Kind"
        every="Every kind"
        choices={KINDS}
        value={query['type']}
        onChange={(type) => onChange({ type })}
      />
      <FilterSelect
        label="Outcome"
        every="Every outcome"
        choices={OUTCOMES}
        value={query['status']}
        onChange={(status) => onChange({ status })}
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
            setText('');
            navigate(to('events'), { replace: true });
          }}
        >
          Clear
        </Button>
      )}
    </search>
  );
}
