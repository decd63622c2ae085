/** Routes that find persons. It must not know how they are kept. */
import { Failure } from '../../../event/failure.ts';
import { listSchema, ref } from '../answer-schemas.ts';
import { text } from '../http/query.ts';
import { NO_QUERY, type Route, route } from '../http/route.ts';
import { listOf } from '../paging.ts';
import { personDetailView, personView, readPersonId } from '../people.ts';
import type { Ports } from '../ports.ts';

export function peopleRoutes(ports: Ports): readonly Route[] {
  const tag = 'People';
  return [
    route({
      method: 'GET',
      path: '/people',
      tag,
      summary: 'Find a person by address or id',
      description: 'Only exact ones are found, so that nobody can browse.',
      query: { query: text('The e-mail address, userId or anonymousId. Required.') },
      success: { status: 200, description: 'Whoever has it.', schema: listSchema('Person') },
      failures: [400],
      handle: async ({ query }) => {
        const wanted = query.query?.trim() ?? '';
        if (wanted === '') {
          throw new Failure('INVALID_REQUEST', 'Say whom you are looking for.', {
            details: [{ path: 'query', message: 'must be an address, a userId or an anonymousId' }],
          });
        }
        const data = await ports.store.reads.findPeople(wanted);
        return listOf({ data, nextCursor: null }, personView);
      },
    }),
    route({
      method: 'GET',
      path: '/people/{id}',
      tag,
      summary: 'Show a person with their decisions on consent, and how they changed',
      description:
        'A decision that is repeated adds nothing to the history; one that was replaced is kept as long as events are.',
      params: { id: 'Id of the person, per_….' },
      query: NO_QUERY,
      success: { status: 200, description: 'The person.', schema: ref('PersonDetail') },
      failures: [404],
      handle: async ({ params }) => {
        const named = readPersonId(params['id'] ?? '');
        const found =
          named === undefined ? undefined : await ports.store.reads.person(named.pipelineId, named.subject);
        if (found === undefined) throw new Failure('NOT_FOUND', 'There is no such person.');
        return personDetailView(found);
      },
    }),
  ];
}
