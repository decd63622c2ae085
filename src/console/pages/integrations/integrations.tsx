/** What is installed and how it does. It must not know any vendor. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { PipelineIntegration, TemplateStatus } from '../../api/answers.ts';
import { useAttachments, useTemplates } from '../../api/queries.ts';
import { Link } from '../../router.tsx';
import { to } from '../../routes.ts';
import { useApi } from '../../service.ts';
import { Page } from '../../shell/page.tsx';
import { ButtonLink } from '../../ui/button.tsx';
import { Switch } from '../../ui/field.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Menu } from '../../ui/menu.tsx';
import { say } from '../../ui/messages.tsx';
import { describe, Empty, ErrorNote, Waiting } from '../../ui/notice.tsx';
import { AccountNote } from './account-notes.tsx';
import { Health, StateBadge } from './health.tsx';
import { Removed } from './removed.tsx';
import { useDelete } from './use-delete.ts';
import './integrations.css';

export function Integrations() {
  const templates = useTemplates();
  const attachments = useAttachments();
  const { gone } = useDelete();
  const shown = (templates.data ?? []).filter(({ id }) => !gone.has(id));
  return (
    <Page
      title="Integrations"
      lead="Where your events go."
      actions={
        <ButtonLink kind="main" icon="plus" href={to('library')}>
          Add integration
        </ButtonLink>
      }
    >
      {templates.isPending && <Waiting what="Loading…" />}
      {templates.isError && <ErrorNote error={templates.error} onRetry={() => templates.refetch()} />}
      {templates.isSuccess && shown.length === 0 && (
        <div className="card">
          <Empty
            icon="integrations"
            title="Nothing is installed yet"
            action={
              <ButtonLink kind="main" href={to('library')}>
                Open the library
              </ButtonLink>
            }
          >
            Choose an integration in the library and enter its credentials.
          </Empty>
        </div>
      )}
      <ul className="integration-list">
        {shown.map((template) => (
          <IntegrationCard
            key={template.id}
            template={template}
            attachments={(attachments.data ?? []).filter(
              ({ integration_id }) => integration_id === template.id,
            )}
          />
        ))}
      </ul>
      <Removed />
    </Page>
  );
}

interface IntegrationCardProps {
  readonly template: TemplateStatus;
  readonly attachments: readonly PipelineIntegration[];
}

function IntegrationCard({ template, attachments }: IntegrationCardProps) {
  const { id, name, delivery } = template;
  const { remove } = useDelete();
  const isOn = attachments.some(({ enabled }) => enabled);
  return (
    <li className="card integration-card">
      <div className="row row-apart">
        <div className="row">
          <Link className="integration-name" href={to('integration', { id })}>
            {name}
          </Link>
          <StateBadge account={delivery} enabled={isOn} />
        </div>
        <div className="row">
          <EnableSwitch name={name} attachments={attachments} />
          <Menu
            trigger={
              <button
                type="button"
                className="button button-quiet button-icon"
                aria-label={`More for ${name}`}
              >
                <Icon name="more" />
              </button>
            }
            entries={[
              { label: 'Blueprint', icon: 'blueprint', href: to('blueprint', { id }) },
              { label: 'Settings', icon: 'settings', href: to('settings', { id }) },
              { label: 'History', icon: 'history', href: to('history', { id }) },
              'line',
              { label: 'Delete', icon: 'trash', danger: true, onSelect: () => remove(template) },
            ]}
          />
        </div>
      </div>
      <p className="faint small wrap-anywhere">
        Account {delivery.account} · revision {template.latest_revision}
      </p>
      <AccountNote template={template} />
      <Health attachments={attachments} waiting={delivery.waiting} />
    </li>
  );
}

interface EnableSwitchProps {
  readonly name: string;
  readonly attachments: readonly PipelineIntegration[];
}

/** On while it is on in any pipeline; switching concerns all of them. */
export function EnableSwitch({ name, attachments }: EnableSwitchProps) {
  const api = useApi();
  const queries = useQueryClient();
  const isOn = attachments.some(({ enabled }) => enabled);
  const change = useMutation({
    mutationFn: (enabled: boolean) =>
      Promise.all(attachments.map(({ id }) => api.patchAttachment(id, { enabled }))),
    onSuccess: (_done, enabled) =>
      say({
        tone: 'good',
        text: enabled
          ? `${name} is on. It takes part from the next event on.`
          : `${name} is off. Events that arrive now are not sent there.`,
      }),
    onError: (error) => say({ tone: 'bad', text: describe(error).sentence }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['attachments'] }),
  });
  const present = change.isPending ? change.variables : isOn;
  return (
    <span className="row row-still">
      <span className="soft small" aria-hidden="true">
        {present ? 'On' : 'Off'}
      </span>
      <Switch
        label={`${name} takes part`}
        checked={present}
        disabled={attachments.length === 0}
        onChange={(enabled) => change.mutate(enabled)}
      />
    </span>
  );
}
