/** Routes of pipelines and of what is attached to them. It must not know how any of it is stored. */
import type { PipelineIntegration } from '../../../store/ports/config-store.ts';
import { listSchema, ref } from '../answer-schemas.ts';
import { bodyOf } from '../http/body.ts';
import { PAGING, text } from '../http/query.ts';
import { NO_QUERY, type Route, route, routeWithBody } from '../http/route.ts';
import { findIntegration, findPipeline, findTemplate, revisionsOf } from '../lookup.ts';
import { listOf, pageOf } from '../paging.ts';
import {
  type AttachRequest,
  attach,
  detach,
  type PipelinePatch,
  patchIntegration,
  patchPipeline,
  rotateKey,
} from '../pipelines.ts';
import type { Ports } from '../ports.ts';
import { integrationView, pipelineView } from '../views.ts';

const PIPELINE = { id: 'Id of the pipeline, pip_….' };
const INTEGRATION = { id: 'Id of the pipeline integration, pi_….' };

const pipelineBody = bodyOf<PipelinePatch>({
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 120, pattern: '\\S' },
    domain_allowlist: {
      type: 'array',
      maxItems: 100,
      items: { type: 'string', minLength: 1, maxLength: 253 },
    },
    labels: { type: 'array', maxItems: 50, items: { type: 'string', minLength: 1, maxLength: 100 } },
    rate_limit_rps: { type: 'integer', minimum: 1, maximum: 1_000_000 },
    parameters: { type: 'object', additionalProperties: { type: 'string', maxLength: 10_000 } },
    config: { type: 'object' },
    enabled: { type: 'boolean' },
  },
});

const attachBody = bodyOf<AttachRequest>({
  type: 'object',
  additionalProperties: false,
  required: ['pipeline_id', 'integration_id'],
  properties: {
    pipeline_id: { type: 'string', minLength: 1 },
    integration_id: { type: 'string', minLength: 1, description: 'Id of the template, tmpl_….' },
    revision_id: { type: 'string', minLength: 1, description: 'The newest revision by default.' },
    enabled: { type: 'boolean', default: true },
  },
});

const pinBody = bodyOf<{ readonly revision_id?: string; readonly enabled?: boolean }>({
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: { revision_id: { type: 'string', minLength: 1 }, enabled: { type: 'boolean' } },
});

export function pipelineRoutes(ports: Ports): readonly Route[] {
  return [...pipelines(ports), ...integrations(ports)];
}

function pipelines(ports: Ports): readonly Route[] {
  const tag = 'Pipelines';
  return [
    route({
      method: 'GET',
      path: '/pipelines',
      tag,
      summary: 'List the pipelines',
      query: PAGING,
      success: { status: 200, description: 'A page of pipelines.', schema: listSchema('Pipeline') },
      failures: [400],
      handle: async ({ query }) =>
        listOf(pageOf(await ports.store.config.pipelines(), query.limit, query.cursor), pipelineView),
    }),
    route({
      method: 'GET',
      path: '/pipelines/{id}',
      tag,
      summary: 'Show one pipeline',
      params: PIPELINE,
      query: NO_QUERY,
      success: { status: 200, description: 'The pipeline.', schema: ref('Pipeline') },
      failures: [404],
      handle: async ({ params }) => pipelineView(await findPipeline(ports.store.config, params['id'] ?? '')),
    }),
    routeWithBody({
      method: 'PATCH',
      path: '/pipelines/{id}',
      tag,
      summary: 'Change a pipeline',
      params: PIPELINE,
      query: NO_QUERY,
      body: pipelineBody,
      success: { status: 200, description: 'The changed pipeline.', schema: ref('Pipeline') },
      failures: [400, 404, 409, 413, 422],
      handle: async ({ params, body }) => pipelineView(await patchPipeline(ports, params['id'] ?? '', body)),
    }),
    route({
      method: 'POST',
      path: '/pipelines/{id}/rotate-key',
      tag,
      summary: 'Replace the key and the secret of a pipeline',
      description: 'The old ones are refused at once. The new secret is told only in this answer.',
      params: PIPELINE,
      query: NO_QUERY,
      success: { status: 200, description: 'The new key and secret.', schema: ref('RotatedKey') },
      failures: [404],
      handle: async ({ params }) => {
        const { pipeline, secret } = await rotateKey(ports, params['id'] ?? '');
        return { pipeline: pipelineView(pipeline), pipeline_key_secret: secret };
      },
    }),
  ];
}

async function viewOf(ports: Ports, integration: PipelineIntegration) {
  const template = await findTemplate(ports.store.config, integration.templateId);
  return integrationView(integration, template, await revisionsOf(ports.store.config, template.id));
}

function integrations(ports: Ports): readonly Route[] {
  const tag = 'Pipeline integrations';
  return [
    route({
      method: 'GET',
      path: '/pipeline-integrations',
      tag,
      summary: 'List what is attached to the pipelines',
      query: {
        ...PAGING,
        pipeline_id: text('Only those of this pipeline.'),
        integration_id: text('Only those of this template.'),
      },
      success: { status: 200, description: 'A page.', schema: listSchema('PipelineIntegration') },
      failures: [400],
      handle: async ({ query }) => {
        const rows = (await ports.store.config.integrations()).filter(
          (row) =>
            (query.pipeline_id === undefined || row.pipelineId === query.pipeline_id) &&
            (query.integration_id === undefined || row.templateId === query.integration_id),
        );
        const page = pageOf(rows, query.limit, query.cursor);
        const data = await Promise.all(page.data.map((row) => viewOf(ports, row)));
        return listOf({ ...page, data }, (row) => row);
      },
    }),
    routeWithBody({
      method: 'POST',
      path: '/pipeline-integrations',
      tag,
      summary: 'Attach an integration to a pipeline',
      query: NO_QUERY,
      body: attachBody,
      success: { status: 201, description: 'The attachment.', schema: ref('PipelineIntegration') },
      failures: [400, 409, 413, 422],
      handle: async ({ body }) => viewOf(ports, await attach(ports, body)),
    }),
    route({
      method: 'GET',
      path: '/pipeline-integrations/{id}',
      tag,
      summary: 'Show one attachment',
      params: INTEGRATION,
      query: NO_QUERY,
      success: { status: 200, description: 'The attachment.', schema: ref('PipelineIntegration') },
      failures: [404],
      handle: async ({ params }) =>
        viewOf(ports, await findIntegration(ports.store.config, params['id'] ?? '')),
    }),
    routeWithBody({
      method: 'PATCH',
      path: '/pipeline-integrations/{id}',
      tag,
      summary: 'Pin a revision, enable or disable',
      description: 'It holds for events received from now on; earlier ones keep the former revision.',
      params: INTEGRATION,
      query: NO_QUERY,
      body: pinBody,
      success: { status: 200, description: 'The changed attachment.', schema: ref('PipelineIntegration') },
      failures: [400, 404, 413, 422],
      handle: async ({ params, body }) =>
        viewOf(ports, await patchIntegration(ports, params['id'] ?? '', body)),
    }),
    route({
      method: 'DELETE',
      path: '/pipeline-integrations/{id}',
      tag,
      summary: 'Detach an integration from a pipeline',
      params: INTEGRATION,
      query: NO_QUERY,
      success: { status: 204, description: 'It is gone.' },
      failures: [404],
      handle: async ({ params }) => detach(ports, params['id'] ?? ''),
    }),
  ];
}
