/** The secret part of the address that vendors post to. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createAddressTokens } from '../../src/inbound/token.ts';

const tokens = createAddressTokens(new Uint8Array(32).fill(1));

describe('an address token', () => {
  it('holds 256 bits in characters that every path may have', () => {
    fc.assert(fc.property(fc.string(), (id) => /^[\w-]{43}$/.test(tokens.of(id))));
  });

  it('fits its own integration, after a restart too, and no other', () => {
    expect(createAddressTokens(new Uint8Array(32).fill(1)).fits('pi_1', tokens.of('pi_1'))).toBe(true);
    expect(tokens.fits('pi_2', tokens.of('pi_1'))).toBe(false);
    expect(createAddressTokens(new Uint8Array(32).fill(2)).fits('pi_1', tokens.of('pi_1'))).toBe(false);
  });

  it('is refused with anything changed, cut or added', () => {
    const right = tokens.of('pi_1');
    fc.assert(
      fc.property(fc.nat(42), fc.constantFrom('', 'x', '-', 'é', '\u0000'), (at, instead) => {
        const wrong = right.slice(0, at) + instead + right.slice(at + 1);
        expect(tokens.fits('pi_1', wrong)).toBe(wrong === right);
      }),
    );
    for (const wrong of ['', `${right}=`, `${right}A`, right.toUpperCase()])
      expect(tokens.fits('pi_1', wrong)).toBe(false);
  });
});
