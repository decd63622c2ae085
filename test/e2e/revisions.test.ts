/** A blueprint that is edited while events flow. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, type Json, type Service, startService, YES } from './harness.ts';

let service: Service;
beforeEach(async () => {
  service = await startService({ RATE_LIMIT_PER_SECOND: '100', TRACKING_LIMIT_PER_SECOND: '100' });
  service.sandbox.settings({ rate_limit_per_second: 1_000 });
});
afterEach(async () => {
  await service.close();
});

const order = (n: number): object => ({
  type: 'track',
  event: 'Order Completed',
  userId: 'user-1',
  properties: { order_id: `o${n}`, total: n },
  context: YES,
});

async function deliveries(): Promise<Json[]> {
  return (await service.admin('GET', '/deliveries?limit=100&action=trackEvent')).body.data.reverse();
}

describe('a new revision', () => {
  it('changes only events that came after it, and each delivery shows its own', async () => {
    const { template, revision } = await service.install();
    await service.send({
      type: 'identify',
      userId: 'user-1',
      traits: { email: 'jane@example.com' },
      context: YES,
    });
    // What waits in the queue while the revision is published keeps the former mapping.
    service.sandbox.faults([
      { path: '/event', times: 1, respond: { status: 429, headers: { 'retry-after': '2' } } },
    ]);
    await service.send(order(1), order(2));
    await eventually(() =>
      expect(service.sandbox.requests().some(({ status }) => status === 429)).toBe(true),
    );

    const blueprint = structuredClone(revision.config?.blueprint ?? revision.blueprint);
    blueprint.events['Order Completed'].vendor_event_name = 'bought';
    const { status, body } = await service.admin('POST', `/integration-templates/${template.id}/revisions`, {
      blueprint,
      change_summary: 'Orders are called bought',
    });
    expect(status, JSON.stringify(body)).toBe(201);
    await service.send(order(3));

    await eventually(() => expect(service.sandbox.account().events).toHaveLength(3));
    expect(service.sandbox.account().events.map(({ event }) => event)).toEqual([
      'purchase',
      'purchase',
      'bought',
    ]);
    expect((await deliveries()).map(({ revision_number }) => revision_number)).toEqual([1, 1, 2]);
  });

  it('with a mistake is refused with every problem, and nothing changes', async () => {
    const { template, revision } = await service.install();
    const blueprint = structuredClone(revision.config?.blueprint ?? revision.blueprint);
    blueprint.events['Order Completed'].action = 'trackEvnt';
    blueprint.events['page'].mappings.push({ source: 'properties.x', target: 'y', transform: 'lowercas' });
    const { status, body } = await service.admin('POST', `/integration-templates/${template.id}/revisions`, {
      blueprint,
      change_summary: 'x',
    });
    expect(status).toBe(422);
    const sentences = body.error.details.map(({ message }: Json) => message).join(' ');
    expect(sentences).toContain('Did you mean "trackEvent"?');
    expect(sentences).toContain('Did you mean "lowercase"?');
    expect(
      (await service.admin('GET', `/integration-templates/${template.id}/revisions`)).body.data,
    ).toHaveLength(1);
  });
});

describe('a preview', () => {
  it('shows for recorded events what a draft would send, beside nothing being sent', async () => {
    const { template, revision } = await service.install();
    await service.send(
      { type: 'identify', userId: 'user-1', traits: { email: 'jane@example.com' }, context: YES },
      order(1),
    );
    await eventually(() => expect(service.sandbox.account().events).toHaveLength(1));
    const before = service.sandbox.requests().length;
    const blueprint = structuredClone(revision.config?.blueprint ?? revision.blueprint);
    blueprint.events['Order Completed'].vendor_event_name = 'bought';
    const ids = (await service.admin('GET', '/events')).body.data.map(({ id }: Json) => id);
    const { status, body } = await service.admin('POST', `/integration-templates/${template.id}/preview`, {
      blueprint,
      event_ids: ids,
    });
    expect(status, JSON.stringify(body)).toBe(200);
    const text = JSON.stringify(body);
    expect(text).toContain('bought');
    expect(text).not.toContain('sandbox-event-key');
    expect(service.sandbox.requests()).toHaveLength(before);
  });
});
