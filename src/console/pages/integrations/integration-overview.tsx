/** How one integration does, what it does, and where to go from here. It must not know any vendor. */
import { useState } from 'react';
import type { TemplateStatus } from '../../api/answers.ts';
import { useAttachments, useRevisions, useServiceInfo, useStats } from '../../api/queries.ts';
import { rulesOf } from '../../blueprint/document.ts';
import { sentenceOf } from '../../blueprint/sentences.ts';
import { to } from '../../routes.ts';
import { rangeOf, startOf, wholeBuckets } from '../../stats.ts';
import { ButtonLink } from '../../ui/button.tsx';
import { Icon } from '../../ui/icon.tsx';
import { useNow } from '../../ui/time.tsx';
import { Charts } from '../overview/charts.tsx';
import { Health } from './health.tsx';

const DAY = rangeOf('24h');

export function IntegrationOverview({ template }: { readonly template: TemplateStatus }) {
  const { data: attachments = [] } = useAttachments();
  const own = attachments.filter(({ integration_id }) => integration_id === template.id);
  const now = useNow();
  const [openedAt] = useState(now);
  const since = startOf(DAY, Math.max(now, openedAt));
  const stats = useStats({ sinceMs: since, bucketS: DAY.bucketS, integrationId: own[0]?.id });
  const service = useServiceInfo();
  return (
    <div className="stack stack-wide">
      <section className="card card-body" aria-label="Health">
        <Health attachments={own} waiting={template.delivery.waiting} />
      </section>
      <WhatItDoes template={template} />
      {stats.data !== undefined && (
        <Charts
          buckets={wholeBuckets(stats.data, since, DAY.bucketS, now)}
          range={DAY}
          perSecond={service.data?.limits.requests_per_second ?? 5}
        />
      )}
    </div>
  );
}

/** The newest blueprint, in sentences. */
function WhatItDoes({ template }: { readonly template: TemplateStatus }) {
  const revisions = useRevisions(template.id);
  const [newest] = revisions.data ?? [];
  if (newest === undefined) return null;
  const rules = rulesOf(newest.blueprint);
  return (
    <section className="card" aria-labelledby="what-it-does">
      <div className="card-head">
        <h2 id="what-it-does">What it does</h2>
        <ButtonLink small icon="blueprint" href={to('blueprint', { id: template.id })}>
          Change
        </ButtonLink>
      </div>
      <ul className="card-body changes">
        {rules.map((rule) => (
          <li key={rule.id}>
            <Icon name={rule.enabled ? 'arrow' : 'pause'} />
            <span className={rule.enabled ? '' : 'faint'}>
              {sentenceOf(rule)}
              {rule.enabled ? '' : ' (switched off)'}
            </span>
          </li>
        ))}
        {rules.length === 0 && <li className="soft">Nothing yet: it has no rules.</li>}
      </ul>
    </section>
  );
}
