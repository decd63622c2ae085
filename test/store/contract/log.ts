/** Claims about the event log. */
import { expect, it } from 'vitest';
import type { Current } from '../contract.ts';
import { newEvent, START_MS } from '../samples.ts';

const DAY_MS = 86_400_000;

export function logClaims(current: Current): void {
  it('keeps events in the order of receipt, with positions from 1', async () => {
    const { store } = current();
    await store.log.append([newEvent('a'), newEvent('b')]);
    await store.log.append([newEvent('c')]);
    const events = await store.log.read(0, 10);
    expect(events.map(({ seq, event }) => [seq, event.messageId])).toEqual([
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
    ]);
    expect(await store.log.head()).toBe(3);
  });

  it('gives back exactly the event that was appended', async () => {
    const { store } = current();
    const sent = newEvent('a', {
      properties: { text: 'ünï "quoted" \u0000 😀', deep: [{ a: null }], number: 1e21 },
      anonymousId: 'anon',
    });
    await store.log.append([sent]);
    const [found] = await store.log.read(0, 1);
    expect(found).toEqual({ ...sent, seq: 1, id: found?.id });
    expect(found?.id).toMatch(/^evt_/);
  });

  it('reads on from a position, at most as many as asked', async () => {
    const { store } = current();
    await store.log.append(['a', 'b', 'c', 'd'].map((id) => newEvent(id)));
    expect((await store.log.read(1, 2)).map(({ seq }) => seq)).toEqual([2, 3]);
    expect(await store.log.read(4, 2)).toEqual([]);
    expect((await store.log.readMany([4, 2, 99])).map(({ seq }) => seq)).toEqual([4, 2]);
  });

  it('answers head 0 while it is empty', async () => {
    expect(await current().store.log.head()).toBe(0);
  });

  it('stores a messageId once, also within one call and among calls of one turn', async () => {
    const { store } = current();
    const answers = await Promise.all([
      store.log.append([newEvent('a'), newEvent('a')]),
      store.log.append([newEvent('a'), newEvent('b')]),
    ]);
    expect(answers).toEqual([
      ['stored', 'duplicate'],
      ['duplicate', 'stored'],
    ]);
    expect(await store.log.append([newEvent('a')])).toEqual(['duplicate']);
    expect(await store.log.head()).toBe(2);
  });

  it('lets two pipelines use the same messageId', async () => {
    const { store } = current();
    const answers = await store.log.append([newEvent('a'), { ...newEvent('a'), pipelineId: 'pl_2' }]);
    expect(answers).toEqual(['stored', 'stored']);
  });

  it.each([
    ['is a duplicate to the end of the window', 28 * DAY_MS - 1, 'duplicate'],
    ['is new after it', 28 * DAY_MS, 'stored'],
  ])('a messageId %s', async (_, afterMs, answer) => {
    const { store } = current();
    await store.log.append([newEvent('a')]);
    expect(await store.log.append([{ ...newEvent('a'), receivedAtMs: START_MS + afterMs }])).toEqual([
      answer,
    ]);
  });

  it('begins a new window when a messageId is stored anew', async () => {
    const { store } = current();
    const at = (days: number) => ({ ...newEvent('a'), receivedAtMs: START_MS + days * DAY_MS });
    await store.log.append([at(0)]);
    expect(await store.log.append([at(28)])).toEqual(['stored']);
    expect(await store.log.append([at(40)])).toEqual(['duplicate']);
  });

  it('remembers events and messageIds over a restart', async () => {
    const { store, restart } = current();
    await store.log.append([newEvent('a')]);
    const again = await restart();
    expect(await again.log.append([newEvent('a'), newEvent('b')])).toEqual(['duplicate', 'stored']);
    expect((await again.log.read(0, 10)).map(({ seq }) => seq)).toEqual([1, 2]);
  });

  it('hints that something was appended, not that nothing was, and stops when asked', async () => {
    const { store } = current();
    let hints = 0;
    const stop = store.log.onAppend(() => {
      hints += 1;
    });
    await store.log.append([newEvent('a')]);
    await Promise.resolve();
    expect(hints).toBe(1);
    await store.log.append([newEvent('a')]);
    await Promise.resolve();
    expect(hints).toBe(1);
    stop();
    await store.log.append([newEvent('b')]);
    await Promise.resolve();
    expect(hints).toBe(1);
  });
}
