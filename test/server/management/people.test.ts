/** Finding persons: by exact ids only, each with what they decided. */
import { expect, it } from 'vitest';
import { at, startManagement, textAt } from './fixture.ts';

const IDENTIFY = {
  type: 'identify',
  messageId: 'm-identify',
  userId: 'user/1 ?#',
  anonymousId: 'device-1',
  traits: { email: 'Jane@Example.com' },
  context: { consent: { marketing: true, analytics: false } },
};

it.each(['jane@example.com', ' JANE@example.com ', 'user/1 ?#', 'device-1'])(
  'who has %j is found, and shown with their decisions',
  async (query) => {
    const { ask, receive } = await startManagement();
    await receive(IDENTIFY);
    const { body } = await ask('GET', `/people?query=${encodeURIComponent(query)}`);
    const person = {
      email: 'jane@example.com',
      user_ids: ['user/1 ?#'],
      anonymous_ids: ['device-1'],
      pipeline_id: 'pip_default',
      last_seen_at: '2026-01-31T12:00:00.000Z',
    };
    expect(body).toMatchObject({ data: [person], has_more: false });
    const id = textAt(body, 'data', 0, 'id');
    expect(id).toMatch(/^per_[\w-]+$/);
    const event = textAt((await ask('GET', '/events')).body, 'data', 0, 'id');
    const shown = (await ask('GET', `/people/${id}`)).body;
    expect(shown).toMatchObject({ id, ...person });
    expect(at(shown, 'consent')).toContainEqual({
      category: 'analytics',
      granted: false,
      at: '2026-01-31T12:00:00.000Z',
      subject: 'e:jane@example.com',
      event_id: event,
    });
    expect(at(shown, 'consent')).toHaveLength(6);
  },
);

it('how consent changed is told with the event that said it, each change once', async () => {
  const { ask, receive } = await startManagement();
  const said = (messageId: string, minute: number, marketing: boolean) => ({
    ...IDENTIFY,
    messageId,
    timestamp: `2026-01-31T11:0${minute}:00.000Z`,
    context: { consent: { marketing }, library: { name: 'datafly.js' }, page: { url: 'https://shop/x' } },
  });
  await receive(said('m-1', 1, true));
  await receive(said('m-2', 2, true));
  await receive({ ...said('m-3', 3, false), type: 'track', event: 'Consent Updated' });
  const { body } = await ask('GET', '/people?query=jane@example.com');
  const shown = (await ask('GET', `/people/${textAt(body, 'data', 0, 'id')}`)).body;
  const events = (await ask('GET', '/events')).body;
  const change = { category: 'marketing', subjects: ['e:jane@example.com', 'u:user/1 ?#', 'a:device-1'] };
  const from = { library: 'datafly.js', page: 'https://shop/x' };
  expect(at(shown, 'consent_history')).toEqual([
    {
      ...change,
      granted: false,
      at: '2026-01-31T11:03:00.000Z',
      event: { id: textAt(events, 'data', 0, 'id'), type: 'track', name: 'Consent Updated', ...from },
    },
    {
      ...change,
      granted: true,
      at: '2026-01-31T11:01:00.000Z',
      event: { id: textAt(events, 'data', 2, 'id'), type: 'identify', ...from },
    },
  ]);
});

it('nobody is found by a part, and a search must name somebody', async () => {
  const { ask, receive } = await startManagement();
  await receive(IDENTIFY);
  expect(at((await ask('GET', '/people?query=jane')).body, 'data')).toEqual([]);
  expect((await ask('GET', '/people')).status).toBe(400);
  expect((await ask('GET', '/people?query=%20')).status).toBe(400);
});

it.each([
  'per_',
  'per_x',
  `per_${Buffer.from('["pip_default","x:y"]').toString('base64url')}`,
  `per_${Buffer.from('["pip_default","u:nobody"]').toString('base64url')}`,
  `per_${Buffer.from('{"a":1}').toString('base64url')}`,
  'jane@example.com',
])('%s is no person', async (id) => {
  const { ask, receive } = await startManagement();
  await receive(IDENTIFY);
  expect((await ask('GET', `/people/${id}`)).status).toBe(404);
});

it('leaves nobody in the log', async () => {
  const { ask, receive, logged } = await startManagement();
  await receive(IDENTIFY);
  const { body } = await ask('GET', '/people?query=jane@example.com');
  await ask('GET', `/people/${textAt(body, 'data', 0, 'id')}`);
  expect(logged.join('')).toContain('/people/:id');
  expect(logged.join('')).not.toMatch(/jane|per_/);
});
