/** The blueprint editor: table or text on one side, what it would send on the other. It must not know how rules run. */
import { lazy, Suspense, useMemo, useState } from 'react';
import type { Revision, TemplateStatus } from '../../api/answers.ts';
import { useRecentEvents, useRevisions } from '../../api/queries.ts';
import { rulesOf } from '../../blueprint/document.ts';
import { useQueryState } from '../../router.tsx';
import { Button } from '../../ui/button.tsx';
import { ErrorNote, Note, Waiting } from '../../ui/notice.tsx';
import { PreviewPanel } from './preview-panel.tsx';
import { PublishDialog } from './publish-dialog.tsx';
import { RuleTable } from './rule-table.tsx';
import { TrialDialog } from './trial-dialog.tsx';
import { useDraft } from './use-draft.ts';
import { type Subject as PreviewSubject, usePreview } from './use-preview.ts';
import { useVocabulary } from './vocabulary.ts';
import './blueprint.css';

const TextEditor = lazy(async () => ({ default: (await import('./text-editor.tsx')).TextEditor }));

export function BlueprintPage({ template }: { readonly template: TemplateStatus }) {
  const revisions = useRevisions(template.id);
  if (revisions.isError) return <ErrorNote error={revisions.error} onRetry={() => revisions.refetch()} />;
  const [newest] = revisions.data ?? [];
  if (newest === undefined) return <Waiting what="Loading the blueprint…" />;
  return <Editor key={newest.id} template={template} newest={newest} />;
}

function Editor({ template, newest }: { readonly template: TemplateStatus; readonly newest: Revision }) {
  const draft = useDraft(template.id, newest);
  const [query, setQuery] = useQueryState();
  const [subject, setSubject] = useState<PreviewSubject>();
  const [dialog, setDialog] = useState<'publish' | 'trial'>();
  const preview = usePreview(template.id, draft.document, subject);
  const vocabulary = useVocabulary(template.id);
  const { data: events = [] } = useRecentEvents();
  const isText = query['view'] === 'text';
  const eventIds = useMemo(() => events.map(({ id }) => id), [events]);
  return (
    <div className="editor">
      <div className="editor-main">
        <div className="row row-apart">
          <fieldset className="segments">
            <legend className="only-spoken">Shown as</legend>
            <button
              type="button"
              className="segment"
              aria-pressed={!isText}
              onClick={() => setQuery({ view: undefined })}
            >
              Table
            </button>
            <button
              type="button"
              className="segment"
              aria-pressed={isText}
              onClick={() => setQuery({ view: 'text' })}
            >
              Text
            </button>
          </fieldset>
          <Button small icon="events" disabled={eventIds.length === 0} onClick={() => setDialog('trial')}>
            Try on the last {eventIds.length > 1 ? `${eventIds.length} events` : 'events'}
          </Button>
        </div>
        {draft.isStale && (
          <Note
            tone="wait"
            actions={
              <Button small onClick={draft.discard}>
                Begin from the newest
              </Button>
            }
          >
            Somebody published another revision since you began this draft. Publishing yours replaces it.
          </Note>
        )}
        {!draft.isReadable && !isText && (
          <Note tone="bad">The text is not JSON at the moment; the table shows it as it last was.</Note>
        )}
        {preview.problems.length > 0 && !isText && (
          <Note tone="bad">
            <strong>This draft cannot be published yet.</strong>
            <ul className="problem-list">
              {preview.problems.map(({ path, message }) => (
                <li key={path + message}>
                  <code>{path}</code> {message}
                </li>
              ))}
            </ul>
          </Note>
        )}
        {isText ? (
          <Suspense fallback={<Waiting what="Loading the editor…" />}>
            <TextEditor
              text={draft.text}
              problems={preview.problems}
              events={events}
              vocabulary={vocabulary}
              onChange={draft.setText}
            />
          </Suspense>
        ) : (
          <RuleTable
            document={draft.document}
            events={events}
            vocabulary={vocabulary}
            open={query['rule']}
            onOpen={(rule) => setQuery({ rule })}
            onChange={draft.setDocument}
          />
        )}
        {draft.isChanged && (
          <section className="float-bar" aria-label="Draft">
            <span className="strong">Draft, not published</span>
            <span className="faint small">kept in this browser</span>
            <span className="grow" />
            <Button kind="quiet" onClick={draft.discard}>
              Discard
            </Button>
            <Button
              kind="main"
              disabled={!draft.isReadable || preview.problems.length > 0}
              onClick={() => setDialog('publish')}
            >
              Publish…
            </Button>
          </section>
        )}
      </div>
      <PreviewPanel
        preview={preview}
        events={events}
        ruleKey={rulesOf(draft.document).find(({ id }) => id === query['rule'])?.key}
        onSubject={setSubject}
        isDraft={draft.isChanged}
      />
      {dialog === 'publish' && (
        <PublishDialog
          template={template}
          newest={newest}
          draft={draft}
          onClose={() => setDialog(undefined)}
        />
      )}
      {dialog === 'trial' && (
        <TrialDialog
          templateId={template.id}
          document={draft.document}
          events={events}
          onClose={() => setDialog(undefined)}
        />
      )}
    </div>
  );
}
