/** How configured things look in answers: the documented objects, secrets masked. It must not know HTTP. */
import type { Pipeline, PipelineIntegration, Revision, Template } from '../../store/ports/config-store.ts';
import type { LaneStatus } from '../../store/ports/queue.ts';
import { ORGANISATION_ID } from './ports.ts';
import { maskedSettings } from './settings.ts';
import { type StopInForce, stopView } from './stop-views.ts';

/** Milliseconds since 1970 → ISO 8601. */
export function iso(atMs: number): string {
  return new Date(atMs).toISOString();
}

export function templateView(template: Template) {
  return {
    id: template.id,
    org_id: ORGANISATION_ID,
    name: template.name,
    vendor: template.vendor,
    description: template.description,
    catalog_vendor_key: template.catalogVendorKey,
    catalog_variant_key: template.catalogVariantKey,
    created_at: iso(template.createdAtMs),
    updated_at: iso(template.updatedAtMs),
  };
}

/** What is known of a template's account at this moment. */
export interface AccountNow {
  readonly lane: LaneStatus;
  readonly stops: readonly StopInForce[];
  readonly nextProbeMs: (stop: StopInForce) => number | undefined;
  readonly nowMs: number;
}

/** A template with its newest revision number and whether its account can be reached (ours). */
export function templateStatusView(template: Template, newest: Revision, account: AccountNow) {
  return {
    ...templateView(template),
    latest_revision: newest.number,
    delivery: deliveryStatus(account),
  };
}

function deliveryStatus({ lane, stops, nextProbeMs, nowMs }: AccountNow) {
  const account = {
    account: lane.lane,
    waiting: lane.waiting,
    stops: stops.map((stop) => stopView(stop, nextProbeMs(stop))),
  };
  const [first] = stops;
  if (first !== undefined) {
    const { code, message, sinceMs } = first;
    return { state: 'stopped', ...account, code, message, since: iso(sinceMs) };
  }
  if (lane.notBeforeMs > nowMs) {
    return {
      state: 'paused',
      ...account,
      until: iso(lane.notBeforeMs),
      ...(lane.pauseCode === undefined ? {} : { code: lane.pauseCode }),
    };
  }
  return { state: 'ok', ...account };
}

export function revisionView(revision: Revision) {
  return {
    id: revision.id,
    integration_id: revision.templateId,
    org_id: ORGANISATION_ID,
    revision_number: revision.number,
    config: maskedSettings(revision),
    blueprint: revision.blueprint,
    delivery_mode: revision.deliveryMode,
    change_summary: revision.changeSummary,
    created_by: revision.createdBy,
    created_at: iso(revision.createdAtMs),
  };
}

export function integrationView(
  integration: PipelineIntegration,
  template: Template,
  revisions: readonly Revision[],
) {
  const pinned = revisions.find(({ id }) => id === integration.revisionId);
  return {
    id: integration.id,
    pipeline_id: integration.pipelineId,
    integration_id: integration.templateId,
    integration_name: template.name,
    vendor: template.vendor,
    revision_id: integration.revisionId,
    revision_number: pinned?.number ?? 0,
    latest_revision: Math.max(0, ...revisions.map(({ number }) => number)),
    enabled: integration.enabled,
    created_at: iso(integration.createdAtMs),
    updated_at: iso(integration.updatedAtMs),
  };
}

export function pipelineView(pipeline: Pipeline) {
  return {
    id: pipeline.id,
    org_id: ORGANISATION_ID,
    name: pipeline.name,
    slug: pipeline.slug,
    type: pipeline.type,
    pipeline_key: pipeline.pipelineKey,
    pipeline_key_secret_prefix: pipeline.secretPrefix,
    domain_allowlist: pipeline.domainAllowlist,
    labels: pipeline.labels,
    rate_limit_rps: pipeline.rateLimitRps,
    parameters: pipeline.parameters,
    config: pipeline.config,
    enabled: pipeline.enabled,
    created_at: iso(pipeline.createdAtMs),
    updated_at: iso(pipeline.updatedAtMs),
  };
}
