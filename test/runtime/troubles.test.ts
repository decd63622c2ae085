/** Claims about what the log says of a disk that refuses, again and again. */
import pino from 'pino';
import { expect, it } from 'vitest';
import { Failure } from '../../src/event/failure.ts';
import { createTroubles } from '../../src/runtime/troubles.ts';

it('the same trouble is one line in ten seconds, with the number of times; a mistake of ours is a line each', () => {
  const lines: { readonly msg: string; readonly times?: number; readonly code?: string }[] = [];
  let nowMs = 0;
  const logger = pino({}, { write: (line: string) => void lines.push(JSON.parse(line)) });
  const heard: string[] = [];
  const troubles = createTroubles(logger, { now: () => nowMs, after: () => () => {} });
  troubles.onStore(({ of, code }) => heard.push(`${of} ${code}`));
  for (nowMs of [0, 1, 2, 10_000]) {
    troubles.ofWorker(new Failure('STORE_UNAVAILABLE', 'full'));
    troubles.ofStore({ of: 'commit', code: 'SQLITE_FULL', cause: undefined });
  }
  troubles.ofWorker(new Error('ours'));
  troubles.ofWorker(new Error('ours'));
  expect(lines.map(({ msg, times, code }) => [msg, times, code])).toEqual([
    ['worker.failed', 1, undefined],
    ['store.refused', 1, 'SQLITE_FULL'],
    ['worker.failed', 3, undefined],
    ['store.refused', 3, 'SQLITE_FULL'],
    ['worker.failed', undefined, undefined],
    ['worker.failed', undefined, undefined],
  ]);
  expect(heard).toEqual(Array(4).fill('commit SQLITE_FULL'));
});
