/** Claims about thousands of accounts at once, by counted work. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Agenda } from '../../src/delivery/agenda.ts';
import type { Lease, NewJob } from '../../src/store/ports/queue.ts';
import { newEvent, newJob, newStep, START_MS } from '../store/samples.ts';
import { VirtualTime } from '../world/virtual-time.ts';
import { Fixture, LIMITS } from './fixture.ts';

describe('the agenda', () => {
  it('gives each its turn at its newest time, the earliest first, by one timer', async () => {
    const time = new VirtualTime(START_MS);
    const due: string[] = [];
    const agenda = new Agenda(time.clock(), (lane) => due.push(`${lane} ${time.now() - START_MS}`));
    for (let lane = 0; lane < 500; lane += 1) agenda.in(1_000 + ((lane * 37) % 500), `l${lane}`);
    agenda.in(10, 'l7');
    agenda.in(5_000, 'l8');
    agenda.drop('l9');
    await time.runUntil(START_MS + 2_000);
    expect(due[0]).toBe('l7 10');
    expect(due).toHaveLength(498);
    const times = due.map((text) => Number(text.split(' ')[1]));
    expect(times).toEqual([...times].sort((a, b) => a - b));
    await time.runUntil(START_MS + 6_000);
    expect(due.at(-1)).toBe('l8 5000');
    expect(agenda.size).toBe(0);
  });

  it('keeps nobody waiting for an hour because the clock was set back by one', async () => {
    const time = new VirtualTime(START_MS);
    let skewMs = 0;
    const due: string[] = [];
    const agenda = new Agenda(
      time.clock(
        () => true,
        () => skewMs,
      ),
      (lane) => due.push(lane),
    );
    agenda.in(1_000, 'a');
    agenda.in(2_000, 'b');
    skewMs = -3_600_000;
    await time.runUntil(START_MS + 4_000);
    expect(due).toEqual(['a', 'b']);
  });
});

describe('thousands of accounts', () => {
  let world: Fixture;
  beforeEach(() => {
    world = new Fixture();
    world.template('it_1');
  });
  afterEach(async () => {
    await world.stop();
    await world.store.close();
    expect(world.errors).toEqual([]);
  });

  /** One job each, in the order of the list. */
  async function enqueue(lanes: readonly string[]): Promise<void> {
    await world.store.log.append(lanes.map((_, index) => newEvent(`m${index}`)));
    const jobs = lanes.map((lane, index): NewJob => {
      const email = `p${index}@${lane}`;
      const of = { lane, integrationId: `pi_${lane}`, contacts: [email] as const, payload: { email } };
      return newJob(index + 1, { action: 'sync', ...of });
    });
    await world.store.steps.commit(newStep(0, lanes.length, { jobs }));
  }

  const account = (index: number): string => `a${index}.api-us1.com`;

  it('are served within a second although one of them has ten thousand jobs', async () => {
    const busy = Array.from({ length: 10_000 }, () => 'busy.api-us1.com');
    const lanes = [...busy, ...Array.from({ length: 2_000 }, (_, index) => account(index))];
    await enqueue(lanes);
    world.delivery.start();
    await world.pass(1_000);
    const others = world.sent.filter((text) => !text.endsWith('@busy.api-us1.com'));
    expect(new Set(others).size).toBe(2_000);
    expect(world.sent.length - others.length).toBeGreaterThanOrEqual(4);
  });

  it('cost nothing while they are idle, and go on at once', async () => {
    await enqueue(Array.from({ length: 300 }, (_, index) => account(index)));
    world.delivery.start();
    await world.pass(1_000);
    expect(world.sent).toHaveLength(300);
    await world.time.runUntil(world.time.now() + 2 * LIMITS.lingerMs);
    expect(world.delivery.size).toBe(0);
    const looks = [vi.spyOn(world.store.queue, 'status'), vi.spyOn(world.store.queue, 'take')];
    await world.time.runUntil(world.time.now() + 3_600_000);
    expect(looks.map(({ mock }) => mock.calls.length)).toEqual([0, 0]);
    await world.store.log.append([newEvent('late')]);
    const late = newJob(301, { lane: account(7), action: 'sync', payload: { email: 'late@example.com' } });
    await world.store.steps.commit(newStep(300, 301, { jobs: [late] }));
    await world.pass(100);
    expect(world.sent.at(-1)).toBe('sync late@example.com');
    expect(new Set(looks.flatMap(({ mock }) => mock.calls.map(([of]) => laneOf(of))))).toEqual(
      new Set([account(7)]),
    );
  });
});

/** Of a lane's name or its lease. */
function laneOf(of: string | Lease): string {
  return typeof of === 'string' ? of : of.lane;
}
