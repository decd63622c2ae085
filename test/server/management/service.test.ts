/** What the service says of itself, the words for blueprints, and events that people send to try it out. */
import { describe, expect, it } from 'vitest';
import { TRANSFORMS } from '../../../src/blueprint/index.ts';
import { at, SERVICE, startManagement, textAt, wrongPaths } from './fixture.ts';

it('the service tells its version, addresses and limits', async () => {
  const { ask } = await startManagement();
  expect((await ask('GET', '/service')).body).toEqual({
    version: '9.8.7',
    ingest_url: 'http://127.0.0.1:18080',
    sandbox_url: null,
    limits: { requests_per_second: 5, tracking_per_second: 4 },
    retention_days: 30,
  });
  const beside = await startManagement({
    service: () => ({ ...SERVICE, sandboxUrl: 'http://127.0.0.1:18090' }),
  });
  expect(at((await beside.ask('GET', '/service')).body, 'sandbox_url')).toBe('http://127.0.0.1:18090');
});

it('the vocabulary names every transform with what it takes', async () => {
  const { ask } = await startManagement();
  const { body } = await ask('GET', '/blueprint-vocabulary');
  const words = at(body, 'transforms');
  expect(Array.isArray(words) && words.map((word) => at(word, 'name'))).toEqual([...TRANSFORMS.keys()]);
  expect(Array.isArray(words) && words.find((word) => at(word, 'name') === 'date_format')).toMatchObject({
    accepts: 'any',
    format: { required: true },
  });
});

describe('a test event', () => {
  const PATH = '/pipelines/pip_default/test-event';
  const EVENT = { type: 'track', event: 'Mug Bought', userId: 'user-1', properties: { price: 3 } };

  it('is in the log when it is acknowledged, under the id that is answered', async () => {
    const { ask, store } = await startManagement();
    const { status, body } = await ask('POST', PATH, { event: EVENT });
    expect(status).toBe(202);
    const [logged] = await store.log.read(0, 10);
    expect(logged).toMatchObject({
      pipelineId: 'pip_default',
      event: { event: 'Mug Bought', messageId: textAt(body, 'message_id'), properties: { price: 3 } },
    });
  });

  it('keeps the message id that it brings', async () => {
    const { ask } = await startManagement();
    const { body } = await ask('POST', PATH, { event: { ...EVENT, messageId: 'm-1' } });
    expect(body).toEqual({ message_id: 'm-1' });
  });

  it('goes through what the pipeline does to events at the door', async () => {
    const { ask, store } = await startManagement();
    await ask('PATCH', '/pipelines/pip_default', { config: { pii: { drop: ['properties.price'] } } });
    await ask('POST', PATH, { event: EVENT });
    expect((await store.log.read(0, 1))[0]?.event.properties).toEqual({});
  });

  it.each([
    ['without ids', { type: 'page' }, 'event.userId'],
    ['without a type', { userId: '1' }, 'event.type'],
    ['without a name', { type: 'track', userId: '1' }, 'event.event'],
    ['with a message id that is too long', { ...EVENT, messageId: 'm'.repeat(101) }, 'event.messageId'],
  ])('%s is refused, naming the place', async (_what, event, path) => {
    const { ask, store } = await startManagement();
    const answer = await ask('POST', PATH, { event });
    expect([answer.status, wrongPaths(answer)]).toEqual([422, [path]]);
    expect(await store.log.head()).toBe(0);
  });

  it('is refused by a pipeline that is switched off, and by one that there is not', async () => {
    const { ask } = await startManagement();
    await ask('PATCH', '/pipelines/pip_default', { enabled: false });
    expect((await ask('POST', PATH, { event: EVENT })).status).toBe(409);
    expect((await ask('POST', '/pipelines/pip_9/test-event', { event: EVENT })).status).toBe(404);
  });
});
