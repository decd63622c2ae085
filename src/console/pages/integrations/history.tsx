/** Every revision, what each changed, and the way back. It must not know how documents are compared. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import type { Revision, TemplateStatus } from '../../api/answers.ts';
import { useAttachments, useRevisions } from '../../api/queries.ts';
import { Link, useQueryState } from '../../router.tsx';
import { to } from '../../routes.ts';
import { useApi } from '../../service.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Field, Select, TextInput } from '../../ui/field.tsx';
import { Icon } from '../../ui/icon.tsx';
import { say } from '../../ui/messages.tsx';
import { ErrorNote, Waiting } from '../../ui/notice.tsx';
import { Ago } from '../../ui/time.tsx';

const Compare = lazy(async () => ({ default: (await import('../blueprint/compare.tsx')).Compare }));

export function History({ template }: { readonly template: TemplateStatus }) {
  const revisions = useRevisions(template.id);
  const { data: attachments = [] } = useAttachments();
  const [query] = useQueryState();
  if (revisions.isPending) return <Waiting what="Loading the history…" />;
  if (revisions.isError) return <ErrorNote error={revisions.error} onRetry={() => revisions.refetch()} />;
  const inUse = new Set(attachments.map(({ revision_id }) => revision_id));
  const chosen =
    revisions.data.find(({ revision_number }) => String(revision_number) === query['revision']) ??
    revisions.data[0];
  return (
    <div className="history">
      <nav className="card" aria-label="Revisions">
        {revisions.data.map((revision) => (
          <Link
            key={revision.id}
            className="revision"
            href={to('history', { id: template.id }, { revision: String(revision.revision_number) })}
            aria-current={revision.id === chosen?.id}
          >
            <span className="row row-apart">
              <span className="strong">Revision {revision.revision_number}</span>
              {inUse.has(revision.id) && <Badge tone="good">In use</Badge>}
            </span>
            <span className="small wrap-anywhere">{revision.change_summary}</span>
            <span className="faint small">
              <Ago at={revision.created_at} /> by {revision.created_by}
            </span>
          </Link>
        ))}
      </nav>
      {chosen !== undefined && (
        <RevisionView key={chosen.id} template={template} revision={chosen} all={revisions.data} />
      )}
    </div>
  );
}

interface RevisionViewProps {
  readonly template: TemplateStatus;
  readonly revision: Revision;
  readonly all: readonly Revision[];
}

function RevisionView({ template, revision, all }: RevisionViewProps) {
  const api = useApi();
  const number = revision.revision_number;
  const [against, setAgainst] = useState(number === 1 ? (all[0]?.revision_number ?? 1) : number - 1);
  const [restoring, setRestoring] = useState(false);
  const diff = useQuery({
    queryKey: ['revision-diff', template.id, number, against],
    queryFn: () => api.revisionDiff(template.id, number, against),
  });
  const other = all.find(({ revision_number }) => revision_number === against);
  return (
    <section className="card" aria-label={`Revision ${number}`}>
      <div className="card-head">
        <h2>Revision {number}</h2>
        <div className="row">
          {all.length > 1 && (
            <>
              <label className="soft small" htmlFor="against">
                Compared with
              </label>
              <Select
                id="against"
                className="input-small compare-with"
                value={against}
                onChange={(event) => setAgainst(Number(event.target.value))}
              >
                {all
                  .filter(({ revision_number }) => revision_number !== number)
                  .map(({ id, revision_number }) => (
                    <option key={id} value={revision_number}>
                      revision {revision_number}
                    </option>
                  ))}
              </Select>
            </>
          )}
          {number !== template.latest_revision && (
            <Button small kind="main" icon="history" onClick={() => setRestoring(true)}>
              Restore
            </Button>
          )}
        </div>
      </div>
      <div className="card-body stack">
        {diff.isError && <ErrorNote error={diff.error} />}
        {all.length === 1 && (
          <p className="soft">The first revision; there is nothing to compare it with yet.</p>
        )}
        {diff.data !== undefined && all.length > 1 && <Changes changes={diff.data.changes} />}
        {other !== undefined && other.id !== revision.id && (
          <Suspense fallback={<Waiting what="Comparing…" />}>
            <Compare before={other.blueprint} after={revision.blueprint} />
          </Suspense>
        )}
      </div>
      {restoring && (
        <RestoreDialog template={template} revision={revision} onClose={() => setRestoring(false)} />
      )}
    </section>
  );
}

export function Changes({ changes }: { readonly changes: readonly string[] }) {
  if (changes.length === 0) return <p className="soft">Nothing differs.</p>;
  return (
    <ul className="changes">
      {changes.map((change) => (
        <li key={change}>
          <Icon name="right" />
          <span className="wrap-anywhere">{change}</span>
        </li>
      ))}
    </ul>
  );
}

interface RestoreDialogProps {
  readonly template: TemplateStatus;
  readonly revision: Revision;
  readonly onClose: () => void;
}

function RestoreDialog({ template, revision, onClose }: RestoreDialogProps) {
  const api = useApi();
  const queries = useQueryClient();
  const [summary, setSummary] = useState(`Restored revision ${revision.revision_number}`);
  const restore = useMutation({
    mutationFn: () => api.restore(template.id, revision.revision_number, summary.trim()),
    onSuccess: (made) => {
      say({ tone: 'good', text: `Revision ${made.revision_number} is in use.` });
      for (const queryKey of [['templates'], ['revisions', template.id], ['attachments']])
        void queries.invalidateQueries({ queryKey });
      onClose();
    },
  });
  return (
    <Dialog
      title={`Restore revision ${revision.revision_number}?`}
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            kind="main"
            busy={restore.isPending}
            disabled={summary.trim() === ''}
            onClick={() => restore.mutate()}
          >
            Restore
          </Button>
        </>
      }
    >
      <p className="soft">
        Its blueprint and settings become the newest revision, for events that arrive from now on. API address
        and credentials stay as they are.
      </p>
      <Field label="Why" help="It stands in the history.">
        {(input) => (
          <TextInput
            {...input}
            value={summary}
            maxLength={500}
            onChange={(event) => setSummary(event.target.value)}
          />
        )}
      </Field>
      {restore.isError && <ErrorNote error={restore.error} />}
    </Dialog>
  );
}
