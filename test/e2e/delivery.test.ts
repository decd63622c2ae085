/** Delivery against the simulated account: batches, budgets, what fails and what recovers. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually, type Json, type Service, startService, YES } from './harness.ts';

let service: Service;
beforeEach(async () => {
  service = await startService();
});
afterEach(async () => {
  await service.close();
});

const identify = (index: number, traits: object = {}): object => ({
  type: 'identify',
  userId: `user-${index}`,
  traits: { email: `c${index}@example.com`, first_name: `Name ${index}`, ...traits },
  context: YES,
});
const range = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const paths = (): string[] =>
  service.sandbox.requests().map(({ method, path }) => `${method} ${path.split('?')[0]}`);

async function deliveries(query = ''): Promise<Json[]> {
  return (await service.admin('GET', `/deliveries?limit=100${query}`)).body.data;
}

describe('a backlog of updates', () => {
  it('goes by import, is confirmed contact by contact, and events follow their contact', async () => {
    await service.install();
    await service.send(...range(60).map((index) => identify(index)), {
      type: 'track',
      event: 'Order Completed',
      userId: 'user-7',
      properties: { order_id: 'o7', total: 1 },
      context: YES,
    });
    await eventually(() => expect(service.sandbox.account().contacts).toHaveLength(60));
    await eventually(() =>
      expect(service.sandbox.account().events.map(({ email }) => email)).toEqual(['c7@example.com']),
    );
    await eventually(async () => expect((await deliveries('&status=delivered')).length).toBe(61));
    expect(paths().filter((path) => path === 'POST /api/3/import/bulk_import').length).toBeGreaterThan(0);
    expect(paths().length).toBeLessThan(25);
    expect(service.sandbox.account().contacts.find(({ email }) => email === 'c59@example.com')).toMatchObject(
      { firstName: 'Name 59' },
    );
  });

  it('that the vendor cannot take just now is handed over again, at no cost of the contacts', async () => {
    await service.install();
    service.sandbox.faults([
      {
        path: '/api/3/import/bulk_import',
        times: 2,
        respond: { status: 503, headers: { 'retry-after': '1' } },
      },
    ]);
    await service.send(...range(60).map((index) => identify(index)));
    await eventually(async () => expect((await deliveries('&status=delivered')).length).toBe(60));
    expect(paths().filter((path) => path === 'POST /api/3/import/bulk_import').length).toBeGreaterThanOrEqual(
      3,
    );
    expect((await deliveries()).map(({ attempts }) => attempts)).toEqual(Array(60).fill(1));
  });

  it('goes singly when the import ends without success', async () => {
    await service.install();
    service.sandbox.faults([
      {
        path: '/api/3/import/info',
        respond: {
          status: 200,
          headers: { 'content-type': 'application/json' },
          body: '{"status":"failed","success":[],"failure":[]}',
        },
      },
    ]);
    await service.send(...range(26).map((index) => identify(index)));
    await eventually(async () => expect((await deliveries('&status=delivered')).length).toBe(26));
    expect(paths().filter((path) => path === 'POST /api/3/contact/sync').length).toBeGreaterThan(0);
  });
});

describe('an account that is down', () => {
  it('is left alone after the first failures and goes on within seconds of its recovery', async () => {
    await service.install();
    service.sandbox.faults([{ path: '/api/3/contact/sync', respond: { status: 500 } }]);
    await service.send(...range(20).map((index) => identify(index)));
    await eventually(async () =>
      expect(
        JSON.stringify((await service.admin('GET', '/pipeline-integrations')).body) +
          JSON.stringify(await deliveries()),
      ).toContain('ACCOUNT_FAILING'),
    );
    const tries = service.sandbox.requests().length;
    service.sandbox.clearFaults();
    await eventually(() => expect(service.sandbox.account().contacts.length).toBeGreaterThanOrEqual(10));
    expect(tries).toBeLessThanOrEqual(14);
  });
});

describe('the budget of an account', () => {
  it('is shared by its integrations', async () => {
    await service.install();
    await service.install({ name: 'Second' });
    await service.send(...range(12).map((index) => identify(index)));
    await eventually(async () => expect((await deliveries('&status=delivered')).length).toBe(24));
    const times = service.sandbox.requests().map(({ at_ms }) => at_ms);
    // Two budgets would take half of the time; what is between is for a busy machine.
    const spanMs = Math.max(...times) - Math.min(...times);
    expect(spanMs).toBeGreaterThan(0.7 * (times.length - 5) * 200);
  });
});

describe('order', () => {
  it('of a contact is kept while its first job waits for a retry; others overtake', async () => {
    await service.install();
    service.sandbox.faults([{ path: '/api/3/contact/sync', times: 1, respond: { status: 500 } }]);
    await service.send(identify(1), {
      type: 'track',
      event: 'Order Completed',
      userId: 'user-1',
      properties: { order_id: 'o1', total: 1 },
      context: YES,
    });
    await eventually(() => expect(service.sandbox.requests()).toHaveLength(1));
    await service.send(identify(2));
    await eventually(() =>
      expect(service.sandbox.account().contacts.map(({ email }) => email)).toEqual([
        'c2@example.com',
        'c1@example.com',
      ]),
    );
    await eventually(() => expect(service.sandbox.account().events).toHaveLength(1));
  });
});

describe('a delivery that goes on failing', () => {
  it.each([
    ['number of tries', 1, { RETRY_MAX_ATTEMPTS: '1' }],
    ['time', 2, { RETRY_WINDOW_HOURS: '0.0003' }],
  ])(
    'is a dead letter when its %s is over, with code, sentence and last answer',
    async (_, tries, environment) => {
      await service.close();
      service = await startService(environment);
      await service.install();
      service.sandbox.faults([
        { path: '/api/3/contact/sync', respond: { status: 500, body: '{"errors":[{"title":"Oh no."}]}' } },
      ]);
      await service.send(identify(1));
      await eventually(async () => expect(await deliveries('&status=dead')).toHaveLength(1));
      const [{ id }] = await deliveries();
      const { body } = await service.admin('GET', `/deliveries/${id}`);
      expect(body).toMatchObject({ state: 'dead', code: 'RETRIES_EXHAUSTED', attempts: tries });
      expect(body.message).toMatch(`Tried ${tries} times.`);
      expect(body.tries.at(-1).exchanges[0]).toMatchObject({ status: 500, errorText: 'Oh no.' });
    },
  );
});

describe('what operators see', () => {
  it('of each try: one line in the log and one in the count, as the delivery itself shows it', async () => {
    await service.install();
    service.sandbox.faults([{ path: '/api/3/contact/sync', times: 2, respond: { status: 500 } }]);
    await service.send(identify(1), identify(2));
    await service.send(...range(30).map((index) => identify(index + 10)));
    await eventually(async () => expect((await deliveries('&status=delivered')).length).toBe(32));
    const shown = await Promise.all(
      (await deliveries()).map(async ({ id }) => {
        const { body } = await service.admin('GET', `/deliveries/${id}`);
        return body.tries.map(({ code }: Json) => `${id} ${code}`);
      }),
    );
    const lines = service
      .log()
      .split('\n')
      .filter((line) => line.includes('"delivery.attempted"'));
    const logged = lines.map((line) => JSON.parse(line)).map(({ job, code }) => `dlv_${job} ${code}`);
    expect(logged.length).toBeGreaterThanOrEqual(34);
    expect(logged.sort()).toEqual(shown.flat().sort());
    expect(lines.join()).not.toContain('@example.com');
    const metrics = await (await fetch(`${service.adminUrl}/metrics`)).text();
    const counts = [...metrics.matchAll(/^signal_delivery_attempts_total\{.*\} (\d+)$/gm)];
    expect(counts.reduce((sum, [, count]) => sum + Number(count), 0)).toBe(logged.length);
  });
});
