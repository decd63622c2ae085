/** Routes that ask something of an installed integration or its account. It must not know how it is answered. */
import type { JsonObject } from '../../../event/json.ts';
import { actionView, choicesView } from '../action-views.ts';
import { ref } from '../answer-schemas.ts';
import { bodyOf } from '../http/body.ts';
import { text } from '../http/query.ts';
import { NO_QUERY, type Route, route, routeWithBody } from '../http/route.ts';
import type { Ports } from '../ports.ts';
import { diffDraft, removedTemplates, undeleteTemplate } from '../revise.ts';
import { actionsOf, choicesOf, resume, testTemplateConnection } from '../template-tools.ts';
import { statusOf } from './templates.ts';

const ID = { id: 'Id of the template, tmpl_….' };
const TAG = 'Integration templates';

const connectionBody = bodyOf<{ readonly config: JsonObject }>({
  type: 'object',
  additionalProperties: false,
  required: ['config'],
  properties: {
    config: { type: 'object', description: 'All settings; a secret left out or "***" is the stored one.' },
  },
});

const draftBody = bodyOf<{ readonly blueprint?: JsonObject; readonly config?: JsonObject }>({
  type: 'object',
  additionalProperties: false,
  properties: {
    blueprint: { type: 'object', description: 'A whole blueprint. Left out: as it is.' },
    config: { type: 'object', description: 'All settings, as for a revision. Left out: as they are.' },
  },
});

export function templateToolRoutes(ports: Ports): readonly Route[] {
  return [...actions(ports), ...account(ports), draftDiff(ports), undelete(ports), removed(ports)];
}

function actions(ports: Ports): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/integration-templates/{id}/actions',
      tag: TAG,
      summary: 'List the actions of the integration with their fields',
      params: ID,
      query: NO_QUERY,
      success: { status: 200, description: 'The actions.', schema: ref('ActionList') },
      failures: [404],
      handle: async ({ params }) => ({ data: (await actionsOf(ports, params['id'] ?? '')).map(actionView) }),
    }),
    route({
      method: 'GET',
      path: '/integration-templates/{id}/actions/{slug}/fields/{field}/choices',
      tag: TAG,
      summary: "List the account's own choices for a field of an action",
      description:
        'Asks the account. When it does not answer the list is empty and `error` says why. A field of an object is written with a dot.',
      params: { ...ID, slug: 'Slug of the action.', field: 'Key of the field.' },
      query: {
        query: text('Only choices that contain this text.'),
        page: text('`next_cursor` of the page before.'),
      },
      success: { status: 200, description: 'The choices.', schema: ref('ChoiceList') },
      failures: [400, 404],
      handle: async ({ params, query }) =>
        choicesView(
          await choicesOf(ports, params['id'] ?? '', params['slug'] ?? '', params['field'] ?? '', query),
        ),
    }),
  ];
}

function account(ports: Ports): readonly Route[] {
  return [
    routeWithBody({
      method: 'POST',
      path: '/integration-templates/{id}/test-connection',
      tag: TAG,
      summary: 'Try changed settings out against the account without saving them',
      params: ID,
      query: NO_QUERY,
      body: connectionBody,
      success: { status: 200, description: 'One answer per check.', schema: ref('ConnectionReport') },
      failures: [400, 404, 413, 422],
      handle: async ({ params, body }) => {
        const checks = await testTemplateConnection(ports, params['id'] ?? '', body.config);
        return { ok: checks.every(({ ok }) => ok), checks };
      },
    }),
    route({
      method: 'POST',
      path: '/integration-templates/{id}/resume',
      tag: TAG,
      summary: 'Go on after a stop, once somebody mended the account',
      description:
        'Lifts the stop of the integration and that of its account, and tries the account at once. What is still wrong stops it again.',
      params: ID,
      query: NO_QUERY,
      success: { status: 200, description: 'The template.', schema: ref('TemplateStatus') },
      failures: [404],
      handle: async ({ params }) => statusOf(ports, await resume(ports, params['id'] ?? '')),
    }),
  ];
}

function undelete(ports: Ports): Route {
  return route({
    method: 'POST',
    path: '/integration-templates/{id}/undelete',
    tag: TAG,
    summary: 'Bring a removed integration back, within 30 days',
    description:
      'It is attached as it was and works on events received from now on. Deliveries that were cancelled stay so.',
    params: ID,
    query: NO_QUERY,
    success: { status: 200, description: 'The template.', schema: ref('TemplateStatus') },
    failures: [404, 409],
    handle: async ({ params }) => statusOf(ports, await undeleteTemplate(ports, params['id'] ?? '')),
  });
}

function removed(ports: Ports): Route {
  return route({
    method: 'GET',
    path: '/removed-integration-templates',
    tag: TAG,
    summary: 'List the integrations that were removed within 30 days, the last removed first',
    query: NO_QUERY,
    success: { status: 200, description: 'At most 100 of them.', schema: ref('RemovedTemplateList') },
    failures: [],
    handle: async () => ({ data: await removedTemplates(ports) }),
  });
}

function draftDiff(ports: Ports): Route {
  return routeWithBody({
    method: 'POST',
    path: '/integration-templates/{id}/diff',
    tag: 'Revisions',
    summary: 'Tell in words what a draft would change',
    params: ID,
    query: NO_QUERY,
    body: draftBody,
    success: { status: 200, description: 'The changes, one sentence each.', schema: ref('DraftDiff') },
    failures: [400, 404, 413, 422],
    handle: async ({ params, body }) => diffDraft(ports, params['id'] ?? '', body),
  });
}
