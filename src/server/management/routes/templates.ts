/** Routes of installed integrations and their revisions. It must not know how any of it is stored. */
import type { JsonObject } from '../../../event/json.ts';
import type { Template } from '../../../store/ports/config-store.ts';
import { listSchema, ref } from '../answer-schemas.ts';
import { bodyOf } from '../http/body.ts';
import { PAGING, text } from '../http/query.ts';
import { NO_QUERY, type Route, route, routeWithBody } from '../http/route.ts';
import { findRevision, findTemplate, findVendor, newestRevision, revisionsOf } from '../lookup.ts';
import { listOf, pageOf } from '../paging.ts';
import type { Ports } from '../ports.ts';
import { deleteTemplate, diff, patchTemplate, type ReviseRequest, restore, revise } from '../revise.ts';
import { type StopInForce, stopsInForce } from '../stop-views.ts';
import { revisionView, templateStatusView } from '../views.ts';

const ID = { id: 'Id of the template, tmpl_….' };
const REVISION = { ...ID, n: 'Number of the revision.' };
const summary: JsonObject = { type: 'string', minLength: 1, maxLength: 500, pattern: '\\S' };

const patchBody = bodyOf<{ readonly name?: string; readonly description?: string }>({
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 120, pattern: '\\S' },
    description: { type: 'string', maxLength: 2000 },
  },
});

const reviseBody = bodyOf<ReviseRequest>({
  type: 'object',
  additionalProperties: false,
  required: ['change_summary'],
  properties: {
    blueprint: { type: 'object', description: 'The whole new blueprint. Left out: as before.' },
    config: {
      type: 'object',
      description:
        'All settings. A secret that is left out or "***" keeps its value, null removes one; other settings that are left out are removed. Without config all stay.',
    },
    change_summary: { ...summary, description: 'What changed and why, for people.' },
    publish: {
      type: 'boolean',
      default: true,
      description: 'Whether pipeline integrations on the latest revision move to this one.',
    },
  },
});

const restoreBody = bodyOf<{ readonly change_summary?: string; readonly publish?: boolean }>({
  type: 'object',
  additionalProperties: false,
  properties: { change_summary: summary, publish: { type: 'boolean', default: true } },
});

export function templateRoutes(ports: Ports): readonly Route[] {
  return [...templates(ports), ...revisions(ports), ...history(ports)];
}

/** A template with the state of its account, as it is now. */
export async function statusOf(ports: Ports, template: Template) {
  const newest = await newestRevision(ports.store.config, template.id);
  const vendor = findVendor(ports.vendors, template.catalogVendorKey);
  const nowMs = ports.clock.now();
  const [ofTemplates, lane] = await Promise.all([
    ports.store.queue.stopsOfTemplates(),
    ports.store.queue.status(vendor.account(newest.settings), nowMs),
  ]);
  const nextProbeMs = (stop: StopInForce): number | undefined =>
    ports.hooks.nextProbeMs?.(lane.lane, {
      ...stop,
      ...(stop.scope === 'integration' ? { templateId: template.id } : {}),
    });
  const stops = stopsInForce(ofTemplates.get(template.id), lane.stops);
  return templateStatusView(template, newest, { lane, stops, nextProbeMs, nowMs });
}

function templates(ports: Ports): readonly Route[] {
  const tag = 'Integration templates';
  return [
    route({
      method: 'GET',
      path: '/integration-templates',
      tag,
      summary: 'List the installed integrations',
      query: PAGING,
      success: { status: 200, description: 'A page of templates.', schema: listSchema('TemplateStatus') },
      failures: [400],
      handle: async ({ query }) => {
        const page = pageOf(await ports.store.config.templates(), query.limit, query.cursor);
        const data = await Promise.all(page.data.map((template) => statusOf(ports, template)));
        return listOf({ ...page, data }, (row) => row);
      },
    }),
    route({
      method: 'GET',
      path: '/integration-templates/{id}',
      tag,
      summary: 'Show an installed integration and the state of its account',
      params: ID,
      query: NO_QUERY,
      success: { status: 200, description: 'The template.', schema: ref('TemplateStatus') },
      failures: [404],
      handle: async ({ params }) =>
        statusOf(ports, await findTemplate(ports.store.config, params['id'] ?? '')),
    }),
    routeWithBody({
      method: 'PATCH',
      path: '/integration-templates/{id}',
      tag,
      summary: 'Rename or describe an integration',
      params: ID,
      query: NO_QUERY,
      body: patchBody,
      success: { status: 200, description: 'The changed template.', schema: ref('TemplateStatus') },
      failures: [400, 404, 409, 413, 422],
      handle: async ({ params, body }) =>
        statusOf(ports, await patchTemplate(ports, params['id'] ?? '', body)),
    }),
    route({
      method: 'DELETE',
      path: '/integration-templates/{id}',
      tag,
      summary: 'Remove an integration from every pipeline',
      description: 'Its waiting deliveries are cancelled. Events and past deliveries stay readable.',
      params: ID,
      query: NO_QUERY,
      success: { status: 204, description: 'It is gone.' },
      failures: [404],
      handle: async ({ params }) => deleteTemplate(ports, params['id'] ?? ''),
    }),
  ];
}

function revisions(ports: Ports): readonly Route[] {
  const tag = 'Revisions';
  return [
    route({
      method: 'GET',
      path: '/integration-templates/{id}/revisions',
      tag,
      summary: 'List the revisions, newest first',
      params: ID,
      query: PAGING,
      success: { status: 200, description: 'A page of revisions.', schema: listSchema('Revision') },
      failures: [400, 404],
      handle: async ({ params, query }) => {
        const { id } = await findTemplate(ports.store.config, params['id'] ?? '');
        const newestFirst = [...(await revisionsOf(ports.store.config, id))].reverse();
        return listOf(pageOf(newestFirst, query.limit, query.cursor), revisionView);
      },
    }),
    routeWithBody({
      method: 'POST',
      path: '/integration-templates/{id}/revisions',
      tag,
      summary: 'Add a revision',
      description:
        'A revision never changes. It holds for events received from now on; what is queued keeps the mapping it was made with, and always uses the newest address and credentials.',
      params: ID,
      query: NO_QUERY,
      body: reviseBody,
      success: { status: 201, description: 'The new revision.', schema: ref('Revision') },
      failures: [400, 404, 413, 422],
      handle: async ({ params, body, actor }) =>
        revisionView(await revise(ports, params['id'] ?? '', body, actor)),
    }),
    route({
      method: 'GET',
      path: '/integration-templates/{id}/revisions/{n}',
      tag,
      summary: 'Show one revision',
      params: REVISION,
      query: NO_QUERY,
      success: { status: 200, description: 'The revision.', schema: ref('Revision') },
      failures: [404],
      handle: async ({ params }) => {
        const { id } = await findTemplate(ports.store.config, params['id'] ?? '');
        return revisionView(await findRevision(ports.store.config, id, params['n'] ?? ''));
      },
    }),
  ];
}

function history(ports: Ports): readonly Route[] {
  const tag = 'Revisions';
  return [
    routeWithBody({
      method: 'POST',
      path: '/integration-templates/{id}/revisions/{n}/restore',
      tag,
      summary: 'Make an earlier revision the newest again',
      description:
        'Blueprint and settings are those of that revision; address and credentials stay as they are now.',
      params: REVISION,
      query: NO_QUERY,
      body: restoreBody,
      success: { status: 201, description: 'The new revision.', schema: ref('Revision') },
      failures: [400, 404, 413, 422],
      handle: async ({ params, body, actor }) =>
        revisionView(await restore(ports, params['id'] ?? '', params['n'] ?? '', body, actor)),
    }),
    route({
      method: 'GET',
      path: '/integration-templates/{id}/revisions/{n}/diff',
      tag,
      summary: 'Tell in words what a revision changed',
      params: REVISION,
      query: { against: text('Number of the revision to compare with; the one before by default.') },
      success: { status: 200, description: 'The changes, one sentence each.', schema: ref('RevisionDiff') },
      failures: [400, 404],
      handle: async ({ params, query }) => {
        const number = params['n'] ?? '';
        const before = String(Math.max(1, Number(number) - 1));
        return diff(ports, params['id'] ?? '', number, query.against ?? before);
      },
    }),
  ];
}
