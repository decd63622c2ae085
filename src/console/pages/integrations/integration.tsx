/** One integration with its tabs. It must not know what the tabs show. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { lazy, type ReactNode } from 'react';
import type { TemplateStatus } from '../../api/answers.ts';
import { ApiError } from '../../api/client.ts';
import { useAttachments, useTemplate } from '../../api/queries.ts';
import { Link, navigate } from '../../router.tsx';
import { to } from '../../routes.ts';
import { useApi } from '../../service.ts';
import { Page } from '../../shell/page.tsx';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { say } from '../../ui/messages.tsx';
import { describe, ErrorNote, Waiting } from '../../ui/notice.tsx';
import { AccountNote } from './account-notes.tsx';
import { StateBadge } from './health.tsx';
import { IntegrationOverview } from './integration-overview.tsx';
import { EnableSwitch } from './integrations.tsx';
import { useDelete } from './use-delete.ts';
import './integrations.css';

const BlueprintPage = lazy(async () => ({
  default: (await import('../blueprint/blueprint-page.tsx')).BlueprintPage,
}));
const Settings = lazy(async () => ({ default: (await import('./settings.tsx')).Settings }));
const History = lazy(async () => ({ default: (await import('./history.tsx')).History }));

type Tab = 'integration' | 'blueprint' | 'settings' | 'history';

const TABS: readonly { readonly tab: Tab; readonly label: string }[] = [
  { tab: 'integration', label: 'Overview' },
  { tab: 'blueprint', label: 'Blueprint' },
  { tab: 'settings', label: 'Settings' },
  { tab: 'history', label: 'History' },
];

export function Integration({ id, tab }: { readonly id: string; readonly tab: Tab }) {
  const template = useTemplate(id);
  const attachments = useAttachments();
  const { gone } = useDelete();
  const crumbs = [{ label: 'Integrations', href: to('integrations') }];
  if (template.isPending) return <Waiting what="Loading…" />;
  if (template.isError || gone.has(id)) {
    const isGone = gone.has(id) || (template.error instanceof ApiError && template.error.status === 404);
    return (
      <Page title="Integration" crumbs={crumbs}>
        {isGone ? (
          <p className="soft">This integration was deleted.</p>
        ) : (
          <ErrorNote error={template.error} onRetry={() => template.refetch()} />
        )}
        <div className="row">
          <ButtonLink href={to('integrations')}>All integrations</ButtonLink>
          {isGone && !gone.has(id) && <BringBack id={id} />}
        </div>
      </Page>
    );
  }
  const own = (attachments.data ?? []).filter(({ integration_id }) => integration_id === id);
  const { name, delivery } = template.data;
  return (
    <Page
      title={name}
      heading={
        <span className="row">
          {name}
          <StateBadge account={delivery} enabled={own.some(({ enabled }) => enabled)} />
        </span>
      }
      crumbs={crumbs}
      width={tab === 'blueprint' ? 'wide' : 'normal'}
      actions={
        <>
          <EnableSwitch name={name} attachments={own} />
          <DeleteButton template={template.data} />
        </>
      }
    >
      <nav className="tabs" aria-label="Integration">
        {TABS.map(({ tab: key, label }) => (
          <Link
            key={key}
            className="tab"
            href={to(key, { id })}
            aria-current={key === tab ? 'page' : undefined}
          >
            {label}
          </Link>
        ))}
      </nav>
      <AccountNote template={template.data} />
      {tabOf(tab, template.data)}
    </Page>
  );
}

function tabOf(tab: Tab, template: TemplateStatus): ReactNode {
  switch (tab) {
    case 'integration':
      return <IntegrationOverview template={template} />;
    case 'blueprint':
      return <BlueprintPage key={template.id} template={template} />;
    case 'settings':
      return <Settings key={template.latest_revision} template={template} />;
    case 'history':
      return <History template={template} />;
  }
}

function BringBack({ id }: { readonly id: string }) {
  const api = useApi();
  const queries = useQueryClient();
  const undelete = useMutation({
    mutationFn: () => api.undelete(id),
    onSuccess: ({ name }) =>
      say({ tone: 'good', text: `${name} is back. What waited for it was cancelled.` }),
    onError: (error) => say({ tone: 'bad', text: describe(error).sentence }),
    onSettled: () => queries.invalidateQueries(),
  });
  return (
    <Button icon="history" busy={undelete.isPending} onClick={() => undelete.mutate()}>
      Bring it back
    </Button>
  );
}

function DeleteButton({ template }: { readonly template: TemplateStatus }) {
  const { remove } = useDelete();
  return (
    <Button
      kind="quiet"
      icon="trash"
      onClick={() => {
        remove(template);
        navigate(to('integrations'));
      }}
    >
      Delete
    </Button>
  );
}
