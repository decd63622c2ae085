/** Finds a person, shows what is known of them, and forgets them. It must not know where it is kept. */
import { useQuery } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import { useQueryState } from '../../router.tsx';
import { useApi } from '../../service.ts';
import { Page } from '../../shell/page.tsx';
import { Button } from '../../ui/button.tsx';
import { SearchInput } from '../../ui/field.tsx';
import { Empty, ErrorNote, Waiting } from '../../ui/notice.tsx';
import { Ago } from '../../ui/time.tsx';
import { nameOf } from './person-name.ts';
import { PersonView } from './person-view.tsx';
import './people.css';

export function People() {
  const [query, setQuery] = useQueryState();
  const wanted = query['q'] ?? '';
  const [text, setText] = useState(wanted);
  return (
    <Page
      title="People"
      lead="Find somebody by e-mail address, user id or anonymous id: who they are, what they agreed to, what was sent."
      width="narrow"
    >
      <search>
        <form
          className="row"
          onSubmit={(event: FormEvent) => {
            event.preventDefault();
            setQuery({ q: text.trim(), person: undefined });
          }}
        >
          <div className="grow">
            <SearchInput
              label="E-mail address or id"
              placeholder="jane@example.com, user-123"
              value={text}
              onChange={setText}
            />
          </div>
          <Button kind="main" type="submit">
            Find
          </Button>
        </form>
      </search>
      {wanted === '' ? (
        <div className="card">
          <Empty icon="people" title="Whom are you looking for?">
            Type an address or an id as your site knows it. Only exact ones are found, so that nobody can
            browse.
          </Empty>
        </div>
      ) : (
        <Found key={wanted} text={wanted} />
      )}
    </Page>
  );
}

function Found({ text }: { readonly text: string }) {
  const api = useApi();
  const [query, setQuery] = useQueryState();
  const people = useQuery({
    queryKey: ['people', text],
    queryFn: async () => (await api.people(text)).data,
    retry: false,
  });
  if (people.isPending) return <Waiting what="Looking…" />;
  if (people.isError) {
    return <ErrorNote error={people.error} onRetry={() => people.refetch()} />;
  }
  const chosen =
    people.data.find(({ id }) => id === query['person']) ??
    (people.data.length === 1 ? people.data[0] : undefined);
  if (people.data.length === 0) {
    return (
      <div className="card">
        <Empty icon="search" title="Nobody is known by that">
          Check the spelling. A visitor is known from their first event on; their address from the first
          identify call on.
        </Empty>
      </div>
    );
  }
  if (chosen !== undefined) return <PersonView key={chosen.id} person={chosen} />;
  return (
    <ul className="card">
      {people.data.map((person) => (
        <li key={person.id} className="line">
          <button type="button" className="person-button" onClick={() => setQuery({ person: person.id })}>
            <span className="strong">{nameOf(person)}</span>
            <span className="faint small">
              {person.last_seen_at !== undefined && (
                <>
                  seen <Ago at={person.last_seen_at} />
                </>
              )}
            </span>
          </button>
        </li>
      ))}
    </ul>
  );
}
