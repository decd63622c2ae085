/** When an endpoint counts as failing: each number of the rule, just reached and just missed. */
import { describe, expect, it } from 'vitest';
import { Circuit } from '../../src/delivery/circuit.ts';
import { OUTCOME_CODES, type Outcome, type OutcomeCode } from '../../src/event/outcome.ts';

const OK: Outcome = { kind: 'delivered', code: 'DELIVERED' };
const failed = (code: OutcomeCode): Outcome => ({ kind: 'retry', code, message: 'm' });
const DOWN = failed('SERVER_ERROR');

/** So many good ones, then so many that fail, over so many contacts, `everyMs` apart: what the last one becomes. */
function lastOf(
  good: number,
  bad: number,
  {
    contacts = 5,
    everyMs = 0,
    outcome = DOWN,
  }: { contacts?: number; everyMs?: number; outcome?: Outcome } = {},
): Outcome {
  let nowMs = 1_000_000;
  const circuit = new Circuit({ now: () => nowMs, after: () => () => {} }, 'api');
  let last = OK;
  for (let index = 0; index < good + bad; index += 1) {
    nowMs += everyMs;
    last = circuit.weigh(`c${index % contacts}@example.com`, index < good ? OK : outcome);
  }
  return last;
}

const STOP = { kind: 'stop', scope: 'account', endpoint: 'api', code: 'ACCOUNT_FAILING' };

describe('an endpoint counts as failing', () => {
  it.each<[string, Outcome, boolean]>([
    ['ten requests over five contacts', lastOf(0, 10), true],
    ['nine requests', lastOf(0, 9), false],
    ['four contacts', lastOf(0, 10, { contacts: 4 }), false],
    ['seven of ten', lastOf(3, 7), true],
    ['fourteen of twenty-one', lastOf(7, 14), false],
    ['ten within five minutes', lastOf(0, 10, { everyMs: 300_000 / 9 - 1 }), true],
    ['ten in a longer time', lastOf(0, 10, { everyMs: 300_000 / 9 + 1 }), false],
  ])('or not: %s', (_, outcome, isStopped) => {
    expect(outcome).toMatchObject(isStopped ? STOP : DOWN);
  });

  it('by what an account that is down does, never by refusals of what was sent', () => {
    const counting = Object.keys(OUTCOME_CODES).filter(
      (code) => lastOf(0, 10, { outcome: failed(code as OutcomeCode) }).kind === 'stop',
    );
    expect(counting.sort()).toEqual([
      'CONNECTION_FAILED',
      'DNS_FAILED',
      'RESPONSE_LOST',
      'SERVER_ERROR',
      'TIMED_OUT',
      'UNEXPECTED_RESPONSE',
    ]);
  });
});
