/** The route that erases a person. It must not know what is kept of people, or where. */
import { parseEmail } from '../../../event/email.ts';
import type { Receipt } from '../../../processing/eraser.ts';
import type { ErasureRequest } from '../../../store/ports/erasure.ts';
import { deliveryId } from '../activity-views.ts';
import { ref } from '../answer-schemas.ts';
import { bodyOf, validationFailed } from '../http/body.ts';
import { NO_QUERY, type Route, routeWithBody } from '../http/route.ts';
import { iso } from '../views.ts';

/** Erases a person; part of the running service. */
export type Erase = (request: ErasureRequest) => Promise<Receipt>;

const id = { type: 'string', minLength: 1, maxLength: 512 } as const;
const eraseBody = bodyOf<ErasureRequest>({
  type: 'object',
  additionalProperties: false,
  properties: { email: id, userId: id, anonymousId: id },
});

export function privacyRoutes(erase: Erase): readonly Route[] {
  return [
    routeWithBody({
      method: 'POST',
      path: '/privacy/erase',
      tag: 'Privacy',
      summary: 'Erase everything of a person, here and at the vendors',
      description:
        'By any of the ids, all that lead to the same person. What was received before is never processed or sent again; what comes later starts anew. The vendors’ contacts are deleted by deliveries that the receipt names.',
      query: NO_QUERY,
      body: eraseBody,
      success: { status: 200, description: 'The receipt.', schema: ref('Erasure') },
      failures: [400, 413, 422, 503],
      handle: async ({ body }) => {
        refuseMistakes(body);
        return receiptView(await erase(body));
      },
    }),
  ];
}

function refuseMistakes({ email, userId, anonymousId }: ErasureRequest): void {
  if (email === undefined && userId === undefined && anonymousId === undefined)
    throw validationFailed([{ path: 'email', message: 'or userId or anonymousId is required' }]);
  if (email !== undefined && parseEmail(email) === undefined)
    throw validationFailed([{ path: 'email', message: 'must be an e-mail address' }]);
}

function receiptView({ record, person }: Receipt) {
  const { state, createdAtMs, finishedAtMs, events, deliveries, decisions, cancelled, deletions } = record;
  const [email] = person.emails;
  return {
    id: record.id,
    state,
    erased_at: iso(finishedAtMs ?? createdAtMs),
    subject: {
      ...(email === undefined ? {} : { email }),
      emails: person.emails,
      user_ids: person.userIds,
      anonymous_ids: person.anonymousIds,
    },
    events,
    deliveries,
    decisions,
    cancelled,
    vendor: deletions.map(({ templateId, jobId }) => ({
      integration_id: templateId,
      delivery_id: deliveryId(jobId),
    })),
  };
}
