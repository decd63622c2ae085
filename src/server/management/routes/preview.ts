/** The route of the dry run. It must not know how a preview is made. */
import { bareVerdictView } from '../activity-views.ts';
import { ref } from '../answer-schemas.ts';
import { bodyOf } from '../http/body.ts';
import { NO_QUERY, type Route, routeWithBody } from '../http/route.ts';
import type { Ports } from '../ports.ts';
import {
  type Outlook,
  PASTED_EVENT_ID,
  type PreviewPorts,
  type PreviewRequest,
  preview,
  type Trace,
} from '../preview.ts';

const previewBody = bodyOf<PreviewRequest>({
  type: 'object',
  additionalProperties: false,
  properties: {
    blueprint: {
      type: 'object',
      description: 'A draft to try instead of the newest revision; each trace then tells of both.',
    },
    event: { type: 'object', description: 'An event as a client would send it, with its type.' },
    event_ids: {
      type: 'array',
      minItems: 1,
      maxItems: 100,
      uniqueItems: true,
      items: { type: 'string', minLength: 1 },
      description: 'Recorded events, evt_….',
    },
    pipeline_id: {
      type: 'string',
      minLength: 1,
      description: 'Whose identities, consent and parameters count for a pasted event.',
    },
  },
});

export function previewRoutes(ports: Ports, previewPorts: PreviewPorts): readonly Route[] {
  return [
    routeWithBody({
      method: 'POST',
      path: '/integration-templates/{id}/preview',
      tag: 'Integration templates',
      summary: 'Show what events would lead to, down to the requests, without sending any',
      description:
        'The mapping is shown also where consent would keep the event back: the verdict says so. Ids that only an answer of the account could give are words in ‹ ›.',
      params: { id: 'Id of the template, tmpl_….' },
      query: NO_QUERY,
      body: previewBody,
      success: { status: 200, description: 'One trace per event.', schema: ref('Preview') },
      failures: [400, 404, 413, 422],
      hasOwnLimit: true,
      handle: async ({ params, body }) => {
        const { traces, problems } = await preview(ports, previewPorts, params['id'] ?? '', body);
        return { data: traces.map(traceView), problems };
      },
    }),
  ];
}

function traceView(trace: Trace) {
  const { event, notes, email, consent, before } = trace;
  return {
    ...(event.id === PASTED_EVENT_ID ? {} : { event_id: event.id }),
    event: event.event,
    notes,
    ...(email === undefined ? {} : { email }),
    consent,
    ...outlookView(trace),
    ...(before === undefined ? {} : { before: outlookView(before) }),
  };
}

function outlookView({ verdict, operations }: Outlook) {
  return { verdict: bareVerdictView(verdict), operations };
}
