/** Publishes a draft with a summary, after showing what changes. It must not know how changes are found. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import type { Revision, TemplateStatus } from '../../api/answers.ts';
import { ApiError } from '../../api/client.ts';
import { useApi } from '../../service.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, TextInput } from '../../ui/field.tsx';
import { say } from '../../ui/messages.tsx';
import { ErrorNote, Waiting } from '../../ui/notice.tsx';
import { Changes } from '../integrations/history.tsx';
import type { Draft } from './use-draft.ts';

const Compare = lazy(async () => ({ default: (await import('./compare.tsx')).Compare }));

interface PublishDialogProps {
  readonly template: TemplateStatus;
  readonly newest: Revision;
  readonly draft: Draft;
  readonly onClose: () => void;
}

export function PublishDialog({ template, newest, draft, onClose }: PublishDialogProps) {
  const api = useApi();
  const queries = useQueryClient();
  const [summary, setSummary] = useState('');
  const [isMissing, setMissing] = useState(false);
  const diff = useQuery({
    queryKey: ['draft-diff', template.id, draft.text],
    queryFn: () => api.draftDiff(template.id, { blueprint: draft.document }),
    retry: false,
  });
  const publish = useMutation({
    mutationFn: () => api.revise(template.id, { blueprint: draft.document, change_summary: summary.trim() }),
    onSuccess: (revision) => {
      say({ tone: 'good', text: `Revision ${revision.revision_number} is in use for events from now on.` });
      draft.discard();
      for (const queryKey of [['templates'], ['revisions', template.id], ['attachments']])
        void queries.invalidateQueries({ queryKey });
      onClose();
    },
  });
  return (
    <Dialog
      wide
      title={`Publish as revision ${newest.revision_number + 1}`}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="main"
            busy={publish.isPending}
            onClick={() => (summary.trim() === '' ? setMissing(true) : publish.mutate())}
          >
            Publish
          </Button>
        </>
      }
    >
      <Field
        label="What changes, and why"
        help="It stands in the history, from where every revision can be restored."
        error={isMissing && summary.trim() === '' ? 'Say in a few words what changes.' : undefined}
      >
        {(input) => (
          <TextInput
            {...input}
            autoFocus
            value={summary}
            maxLength={500}
            onChange={(event) => setSummary(event.target.value)}
          />
        )}
      </Field>
      {diff.data !== undefined && <Changes changes={diff.data.changes} />}
      <Suspense fallback={<Waiting what="Comparing…" />}>
        <Compare before={newest.blueprint} after={draft.document} />
      </Suspense>
      <p className="soft small">
        It holds for events that arrive from now on. What waits already is sent as it was mapped.
      </p>
      {publish.isError && <ErrorNote error={publish.error} />}
      {publish.error instanceof ApiError &&
        publish.error.details.map(({ path, message }) => (
          <p key={path + message} className="small">
            <code>{path}</code> {message}
          </p>
        ))}
    </Dialog>
  );
}
