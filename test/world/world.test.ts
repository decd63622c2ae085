/** Seeds of the whole world; a failing one prints how to see it again. SOAK_SEEDS sets how many. */
import { describe, expect, it } from 'vitest';
import { runWorld } from './world.ts';

const SEEDS = Number(process.env['SOAK_SEEDS'] ?? 200);
const RESENDING = Math.ceil(SEEDS / 5);

describe('in any seeded world nothing acknowledged is lost, nothing leaves without consent, nothing is sent twice', () => {
  it(`holds for ${SEEDS} seeds that hold unknown outcomes`, async () => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const { violations } = await runWorld({ seed });
      expect(violations, `npm run simulate -- --from ${seed} --seeds 1`).toEqual([]);
    }
  });

  it(`delivers everything in ${RESENDING} seeds that resend unknown outcomes`, async () => {
    for (let seed = 1; seed <= RESENDING; seed += 1) {
      const report = await runWorld({ seed, unknownOutcome: 'resend' });
      expect(report.violations, `npm run simulate -- --from ${seed} --seeds 1 --resend`).toEqual([]);
      expect(report.held).toBe(0);
    }
  });

  it('is the same world for the same seed', async () => {
    expect(await runWorld({ seed: 4 })).toEqual(await runWorld({ seed: 4 }));
  });
});
