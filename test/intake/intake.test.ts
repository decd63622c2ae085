/** The door as a whole: what is good is in the log, what is bad is named, and nothing is promised that the log refused. */
import { describe, expect, it } from 'vitest';
import { systemRandom } from '../../src/clock.ts';
import { Failure } from '../../src/event/failure.ts';
import { governanceOf } from '../../src/intake/governance.ts';
import { createIntake } from '../../src/intake/intake.ts';
import { memoryLog } from './memory-log.ts';

const arrival = { receivedAtMs: Date.parse('2026-03-01T12:00:00Z') };
const pipeline = { id: 'pip_1', governance: governanceOf({}) };
const track = (messageId: string) => ({ type: 'track', event: 'A', userId: 'u', messageId });

describe('the door', () => {
  it('appends the good events in order and names the bad ones by place', async () => {
    const log = memoryLog();
    const acceptance = await createIntake(log, systemRandom).accept(
      pipeline,
      [track('m1'), { type: 'track' }, track('m2'), 7],
      arrival,
    );
    expect(acceptance).toMatchObject({
      accepted: 2,
      duplicates: 0,
      rejected: [
        { index: 1, code: 'EVENT_NAME_MISSING' },
        { index: 3, code: 'NOT_AN_OBJECT' },
      ],
    });
    expect(
      log.events.map(({ event, pipelineId, receivedAtMs }) => [event.messageId, pipelineId, receivedAtMs]),
    ).toEqual([
      ['m1', 'pip_1', arrival.receivedAtMs],
      ['m2', 'pip_1', arrival.receivedAtMs],
    ]);
  });

  it('counts what was there already as accepted, per pipeline', async () => {
    const intake = createIntake(memoryLog(), systemRandom);
    expect(await intake.accept(pipeline, [track('m1'), track('m1')], arrival)).toMatchObject({
      accepted: 2,
      duplicates: 1,
    });
    expect(await intake.accept({ ...pipeline, id: 'pip_2' }, [track('m1')], arrival)).toMatchObject({
      duplicates: 0,
    });
  });

  it('gives each event without a messageId one of its own', async () => {
    const log = memoryLog();
    const { messageId: _none, ...anonymous } = track('');
    await createIntake(log, systemRandom).accept(pipeline, [anonymous, anonymous], arrival);
    expect(new Set(log.events.map(({ event }) => event.messageId)).size).toBe(2);
  });

  it('rejects as the log does, so that nobody believes in what is not stored', async () => {
    const log = memoryLog();
    log.failure = new Failure('STORE_UNAVAILABLE', 'The disk is full.');
    await expect(createIntake(log, systemRandom).accept(pipeline, [track('m1')], arrival)).rejects.toBe(
      log.failure,
    );
  });

  it('asks nothing of the log when no event is good', async () => {
    const log = memoryLog();
    log.failure = new Error('not asked');
    const acceptance = await createIntake(log, systemRandom).accept(pipeline, [null], arrival);
    expect(acceptance).toMatchObject({ accepted: 0, rejected: [{ index: 0 }] });
  });
});
