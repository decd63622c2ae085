/** One message of a vendor, one event in the log: how it looks there, and that posting it twice is one effect. */
import { describe, expect, it } from 'vitest';
import { systemRandom } from '../../src/clock.ts';
import type { InboundMessage } from '../../src/destination/definition.ts';
import { createInboundReceiver } from '../../src/inbound/receiver.ts';
import { createAddressTokens } from '../../src/inbound/token.ts';
import { governanceOf } from '../../src/intake/governance.ts';
import { memoryLog } from '../intake/memory-log.ts';

const NOW_MS = Date.UTC(2026, 0, 31, 12);
const MESSAGE: InboundMessage = {
  type: 'left',
  event: 'Vendor Left',
  subject: 'contact:3',
  contactId: '3',
  timestamp: '2026-01-31T11:59:00.000Z',
  properties: { type: 'left', email: 'jane@example.com', initiated_by: 'public' },
};

function receiver(message: InboundMessage | undefined = MESSAGE, config = {}) {
  const log = memoryLog();
  const forgotten: InboundMessage[] = [];
  const tokens = createAddressTokens(new Uint8Array(32));
  const inbound = createInboundReceiver({
    log,
    random: systemRandom,
    tokens,
    endpoint: async (id) =>
      id.startsWith('pi_')
        ? {
            pipeline: { id: 'pip_1', governance: governanceOf(config) },
            account: 'acme.example',
            read: (body) => (body === 'nothing' ? undefined : message),
            forget: (said) => void forgotten.push(said),
          }
        : undefined,
  });
  const post = (body: string, id = 'pi_1', token = tokens.of(id)) => inbound.receive(id, token, body, NOW_MS);
  return { log, forgotten, post };
}

describe('a message', () => {
  it('is one event about its subject in the account, in the log before it is answered', async () => {
    const { log, post } = receiver();
    expect(await post('a=1')).toEqual({ recorded: true });
    expect(log.events).toMatchObject([
      {
        pipelineId: 'pip_1',
        receivedAtMs: NOW_MS,
        event: {
          type: 'track',
          event: 'Vendor Left',
          anonymousId: 'acme.example:contact:3',
          timestamp: '2026-01-31T11:59:00.000Z',
          properties: MESSAGE.properties,
          context: { inbound: { integration_id: 'pi_1' } },
        },
      },
    ]);
  });

  it('posted twice is there once; another body or another integration is another event', async () => {
    const { log, post } = receiver();
    await Promise.all([post('a=1'), post('a=1')]);
    expect(await post('a=1')).toEqual({ recorded: true });
    expect(log.events).toHaveLength(1);
    await post('a=2');
    await post('a=1', 'pi_2');
    expect(log.events).toHaveLength(3);
    for (const { event } of log.events) expect(event.messageId).toMatch(/^in-[\w-]{43}$/);
  });

  it('makes way for what it says, also when it comes again or the disk fails', async () => {
    const { log, forgotten, post } = receiver();
    await post('a=1');
    await post('a=1');
    log.failure = new Error('SQLITE_FULL');
    await expect(post('a=2')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', status: 503 });
    expect(forgotten).toEqual([MESSAGE, MESSAGE, MESSAGE]);
    expect(log.events).toHaveLength(1);
  });

  it.each([
    ['that is none', 'nothing', MESSAGE],
    ['about nobody', 'a=1', { type: 'x', event: 'X', properties: {} }],
  ])('%s is taken and not recorded', async (_, body, message) => {
    const { log, post } = receiver(message);
    expect(await post(body)).toEqual({ recorded: false });
    expect(log.events).toEqual([]);
  });

  it('that the door refuses is taken and told with the reason', async () => {
    const { post } = receiver({ ...MESSAGE, event: '' });
    expect(await post('a=1')).toEqual({
      recorded: false,
      refused: { pipelineId: 'pip_1', code: 'EVENT_NAME_MISSING' },
    });
  });

  it('obeys what the pipeline must not keep', async () => {
    const { log, post } = receiver(MESSAGE, { pii: { drop: ['properties.email'] } });
    await post('a=1');
    expect(log.events[0]?.event.properties).toEqual({ type: 'left', initiated_by: 'public' });
  });
});

describe('a wrong address', () => {
  it.each([
    ['a wrong token', 'pi_1', 'x'.repeat(43)],
    ['no token', 'pi_1', ''],
    ['an unknown integration', 'nobody', undefined],
  ])('with %s is not found and nothing is read', async (_, id, token) => {
    const { log, forgotten, post } = receiver();
    await expect(token === undefined ? post('a=1', id) : post('a=1', id, token)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      status: 404,
    });
    expect(log.events).toEqual([]);
    expect(forgotten).toEqual([]);
  });
});
