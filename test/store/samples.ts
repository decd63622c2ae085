/** Small valid values for store tests; each test changes what it is about. */
import type { CanonicalEvent } from '../../src/event/canonical-event.ts';
import { type Email, parseEmail } from '../../src/event/email.ts';
import type {
  Pipeline,
  PipelineIntegration,
  Revision,
  Template,
} from '../../src/store/ports/config-store.ts';
import type { NewEvent } from '../../src/store/ports/event-log.ts';
import type { NewJob } from '../../src/store/ports/queue.ts';
import type { Step, Verdict } from '../../src/store/ports/steps.ts';

export const START_MS = Date.parse('2026-03-01T12:00:00.000Z');
export const LANE = 'acme.api-us1.com';

export function address(text: string): Email {
  const email = parseEmail(text);
  if (email === undefined) throw new Error(`not an address: ${text}`);
  return email;
}

export function newEvent(messageId: string, change: Partial<CanonicalEvent> = {}): NewEvent {
  const at = new Date(START_MS).toISOString();
  return {
    pipelineId: 'pl_1',
    receivedAtMs: START_MS,
    event: {
      type: 'track',
      event: 'Order Completed',
      messageId,
      userId: 'user-1',
      properties: { total: 12.5 },
      traits: {},
      context: {},
      timestamp: at,
      receivedAt: at,
      ...change,
    },
  };
}

export function newJob(seq: number, change: Partial<NewJob> = {}): NewJob {
  return {
    lane: LANE,
    pipelineId: 'pl_1',
    integrationId: 'pi_1',
    templateId: 'it_1',
    revisionId: 'rev_1',
    seq,
    rule: 'contact',
    replayId: '',
    action: 'syncContact',
    payload: { email: 'ann@example.com' },
    contacts: ['ann@example.com'],
    subjects: ['u:user-1'],
    enqueuedAtMs: START_MS,
    ...change,
  };
}

export function newStep(from: number, through: number, change: Partial<Step> = {}): Step {
  return {
    from,
    through,
    links: [],
    decisions: [],
    verdicts: [],
    park: [],
    unpark: [],
    jobs: [],
    ...change,
  };
}

export function newVerdict(seq: number, change: Partial<Verdict> = {}): Verdict {
  return { seq, integrationId: 'pi_1', state: 'mapped', ...change };
}

export function newPipeline(id: string, change: Partial<Pipeline> = {}): Pipeline {
  return {
    id,
    name: `Pipeline ${id}`,
    slug: id,
    type: 'web',
    pipelineKey: `dk_live_${id}`,
    sealedSecret: 'v1.sealed',
    secretPrefix: 'sk_live_a',
    domainAllowlist: [],
    labels: [],
    rateLimitRps: 1000,
    parameters: {},
    config: {},
    enabled: true,
    createdAtMs: START_MS,
    updatedAtMs: START_MS,
    ...change,
  };
}

export function newTemplate(id: string, change: Partial<Template> = {}): Template {
  return {
    id,
    name: `Template ${id}`,
    vendor: 'vendor',
    description: '',
    catalogVendorKey: 'vendor',
    catalogVariantKey: 'default',
    createdAtMs: START_MS,
    updatedAtMs: START_MS,
    ...change,
  };
}

export function newRevision(id: string, change: Partial<Revision> = {}): Revision {
  return {
    id,
    templateId: 'it_1',
    number: 1,
    blueprint: { rules: [] },
    settings: { api_url: 'https://acme.api-us1.com' },
    sealed: { api_key: 'v1.sealed' },
    deliveryMode: 'server_side',
    changeSummary: 'first',
    createdBy: 'admin',
    createdAtMs: START_MS,
    ...change,
  };
}

export function newIntegration(id: string, change: Partial<PipelineIntegration> = {}): PipelineIntegration {
  return {
    id,
    pipelineId: 'pl_1',
    templateId: 'it_1',
    revisionId: 'rev_1',
    enabled: true,
    createdAtMs: START_MS,
    updatedAtMs: START_MS,
    ...change,
  };
}
