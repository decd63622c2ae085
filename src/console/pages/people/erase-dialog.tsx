/** Forgets a person, after asking, and shows the receipt. It must not know what is erased where. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Person } from '../../api/answers.ts';
import type { ErasedSubject } from '../../api/api.ts';
import { useApi } from '../../service.ts';
import { Button } from '../../ui/button.tsx';
import { Json } from '../../ui/code.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, TextInput } from '../../ui/field.tsx';
import { ErrorNote, Note } from '../../ui/notice.tsx';
import { nameOf } from './person-name.ts';

export function EraseDialog({ person, onClose }: { readonly person: Person; readonly onClose: () => void }) {
  const api = useApi();
  const queries = useQueryClient();
  const [typed, setTyped] = useState('');
  const name = nameOf(person);
  const erase = useMutation({
    mutationFn: () => api.erase(subjectOf(person)),
    onSuccess: () => {
      for (const queryKey of [['events'], ['deliveries']]) void queries.invalidateQueries({ queryKey });
    },
  });
  if (erase.data !== undefined) {
    return (
      <Dialog
        title="Erased"
        onClose={onClose}
        foot={
          <Button
            kind="main"
            onClick={() => {
              void queries.invalidateQueries({ queryKey: ['people'] });
              onClose();
            }}
          >
            Done
          </Button>
        }
      >
        <Note tone="good" urgent>
          Nothing of this person is kept here any more. Keep the receipt: it is the proof.
        </Note>
        <Json value={erase.data} name="Receipt" />
      </Dialog>
    );
  }
  return (
    <Dialog
      title={`Erase ${name}?`}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="danger"
            busy={erase.isPending}
            disabled={typed.trim() !== name}
            onClick={() => erase.mutate()}
          >
            Erase
          </Button>
        </>
      }
    >
      <p className="soft">
        Their events, ids, consent decisions and deliveries are removed from this service, and what waits is
        cancelled. This cannot be undone.
      </p>
      <Field label={`Type ${name} to confirm`}>
        {(input) => (
          <TextInput
            {...input}
            autoComplete="off"
            spellCheck={false}
            value={typed}
            onChange={(event) => setTyped(event.target.value)}
          />
        )}
      </Field>
      {erase.isError && <ErrorNote error={erase.error} />}
    </Dialog>
  );
}

/** The strongest id that is known; the service finds the others by it. */
function subjectOf({ email, user_ids, anonymous_ids }: Person): ErasedSubject {
  if (email !== undefined) return { email };
  const [userId] = user_ids;
  if (userId !== undefined) return { userId };
  const [anonymousId = ''] = anonymous_ids;
  return { anonymousId };
}
