/** People and workers for tests of repairing: small events, and what reads and changes them. */
import { activecampaign } from '../../src/activecampaign/destination.ts';
import { systemClock, systemRandom } from '../../src/clock.ts';
import { compileDestination } from '../../src/destination/compile.ts';
import { Eraser } from '../../src/processing/eraser.ts';
import { createRevisionCompiler } from '../../src/runtime/revision-compiler.ts';
import type { Store } from '../../src/store/store.ts';
import { createVault } from '../../src/store/vault.ts';

export const compiler = createRevisionCompiler(
  new Map([['activecampaign', compileDestination(activecampaign)]]),
);
export const YES = { context: { consent: { marketing: true } } };
export const NO = { context: { consent: { marketing: false } } };
export const identify = (user: string, more: object = {}) => ({
  type: 'identify',
  messageId: `identify-${user}`,
  userId: user,
  traits: { email: `${user}@example.com` },
  ...YES,
  ...more,
});
export const rethrow = (error: unknown): never => {
  throw error;
};

export const eraserOf = (store: Store): Eraser =>
  new Eraser({
    store,
    vault: createVault(new Uint8Array(32)),
    accountOf: () => 'lane',
    clock: systemClock,
    random: systemRandom,
    limits: { pieceMs: 1, retryMs: 1, answerMs: 10_000 },
    onError: rethrow,
  });
