/** How events come in: the key, what to copy, a test event. It must not know how they are received. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { Pipeline } from '../../api/answers.ts';
import { usePipelines, useServiceInfo } from '../../api/queries.ts';
import { to } from '../../routes.ts';
import { useApi } from '../../service.ts';
import { Page } from '../../shell/page.tsx';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { Code, copyText } from '../../ui/code.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ErrorNote, Note, Waiting } from '../../ui/notice.tsx';
import { requestOf, snippetOf } from './snippet.ts';

export function Sources() {
  const pipelines = usePipelines();
  return (
    <Page
      title="Sources"
      lead="Where your events come from. Copy one of these, and what it sends shows under Live events at once."
      width="narrow"
      actions={
        <ButtonLink icon="events" href={to('events')}>
          Watch live events
        </ButtonLink>
      }
    >
      {pipelines.isPending && <Waiting what="Loading…" />}
      {pipelines.isError && <ErrorNote error={pipelines.error} onRetry={() => pipelines.refetch()} />}
      {pipelines.data?.map((pipeline) => (
        <PipelineCard key={pipeline.id} pipeline={pipeline} />
      ))}
      <Note tone="info">
        <strong>Consent comes first.</strong> Nothing is sent for a visitor who has not agreed. Say{' '}
        <code>datafly.setConsent({'{ marketing: true }'})</code> when they do, or connect your consent
        platform.
      </Note>
    </Page>
  );
}

function PipelineCard({ pipeline }: { readonly pipeline: Pipeline }) {
  const { data: service } = useServiceInfo();
  const [rotating, setRotating] = useState(false);
  return (
    <section className="card" aria-label={pipeline.name}>
      <div className="card-head">
        <h2>{pipeline.name}</h2>
        <Button small kind="quiet" icon="key" onClick={() => setRotating(true)}>
          Replace key…
        </Button>
      </div>
      <div className="card-body stack">
        <dl className="facts">
          <dt>Key</dt>
          <dd>
            <span className="row">
              <code className="wrap-anywhere">{pipeline.pipeline_key}</code>
              <Button small kind="quiet" icon="copy" onClick={() => copyText(pipeline.pipeline_key, 'Key')}>
                Copy
              </Button>
            </span>
          </dd>
          {service !== undefined && (
            <>
              <dt>Address</dt>
              <dd>
                <code>{service.ingest_url}</code>
              </dd>
            </>
          )}
          <dt>Secret</dt>
          <dd>
            <code>{pipeline.pipeline_key_secret_prefix}…</code>{' '}
            <span className="faint">for signed events from a server</span>
          </dd>
        </dl>
        <Code name="In a page" text={snippetOf(pipeline.pipeline_key, service?.ingest_url)} />
        <Code name="From a terminal or server" text={requestOf(pipeline.pipeline_key, service?.ingest_url)} />
      </div>
      {rotating && <RotateDialog pipeline={pipeline} onClose={() => setRotating(false)} />}
    </section>
  );
}

function RotateDialog({ pipeline, onClose }: { readonly pipeline: Pipeline; readonly onClose: () => void }) {
  const api = useApi();
  const queries = useQueryClient();
  const rotate = useMutation({
    mutationFn: () => api.rotateKey(pipeline.id),
    onSuccess: () => queries.invalidateQueries({ queryKey: ['pipelines'] }),
  });
  if (rotate.data !== undefined) {
    return (
      <Dialog
        title="The new key and secret"
        onClose={onClose}
        foot={
          <Button kind="main" onClick={onClose}>
            I have copied them
          </Button>
        }
      >
        <Code name="Key" text={rotate.data.pipeline.pipeline_key} />
        <Code name="Secret" text={rotate.data.pipeline_key_secret} />
        <p className="soft small">The secret is told only here and now.</p>
      </Dialog>
    );
  }
  return (
    <Dialog
      title="Replace key and secret?"
      onClose={onClose}
      foot={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button kind="danger" busy={rotate.isPending} onClick={() => rotate.mutate()}>
            Replace
          </Button>
        </>
      }
    >
      <p className="soft">
        The present ones are refused at once: every page and server that uses them must get the new ones.
      </p>
      {rotate.isError && <ErrorNote error={rotate.error} />}
    </Dialog>
  );
}
