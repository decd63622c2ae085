/** Signed server events: exactly the documented signature passes, in its time. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judgeSignature, SIGNATURE_SKEW_MS, sign } from '../../src/intake/signature.ts';

const secret = 'sk_live_secret';
const nowMs = 1_767_225_600_000;
const timestamp = String(nowMs);
const body = Buffer.from('{"type":"track","event":"A","userId":"u"}');

describe('a signature', () => {
  it('is HMAC-SHA256 of timestamp, dot and body', () => {
    // From `printf '1767225600000.{}' | openssl dgst -sha256 -hmac sk_live_secret`.
    expect(sign(secret, timestamp, Buffer.from('{}'))).toBe(
      'sha256=18d2e9a126ad59a69088e24afbfea87260dec00b3e81f76ecb01b30f85808f35',
    );
  });

  const good = sign(secret, timestamp, body);
  it.each([
    ['as documented', { signature: good, timestamp }, { ok: true }],
    ['in capitals', { signature: `sha256=${good.slice(7).toUpperCase()}`, timestamp }, { ok: true }],
    ['without a signature', { signature: undefined, timestamp }, { ok: false, reason: 'MISSING' }],
    ['without a time', { signature: good, timestamp: undefined }, { ok: false, reason: 'MISSING' }],
    ['without its scheme', { signature: good.slice(7), timestamp }, { ok: false, reason: 'MALFORMED' }],
    ['cut short', { signature: good.slice(0, -1), timestamp }, { ok: false, reason: 'MALFORMED' }],
    [
      'with a time that is no number',
      { signature: good, timestamp: '1e12' },
      { ok: false, reason: 'MALFORMED' },
    ],
    ['with another time', { signature: good, timestamp: String(nowMs + 1) }, { ok: false, reason: 'WRONG' }],
    [
      'of another secret',
      { signature: sign('other', timestamp, body), timestamp },
      { ok: false, reason: 'WRONG' },
    ],
  ])('%s', (_name, given, expected) => {
    expect(judgeSignature(secret, { ...given, body }, nowMs)).toEqual(expected);
  });

  it.each([
    [-SIGNATURE_SKEW_MS, true],
    [SIGNATURE_SKEW_MS, true],
    [-SIGNATURE_SKEW_MS - 1, false],
    [SIGNATURE_SKEW_MS + 1, false],
  ])('%d ms off is judged %s', (offMs, ok) => {
    expect(judgeSignature(secret, { signature: good, timestamp, body }, nowMs + offMs).ok).toBe(ok);
  });

  it('of any other body is wrong', () => {
    fc.assert(
      fc.property(fc.uint8Array(), (other) => {
        fc.pre(!body.equals(other));
        expect(judgeSignature(secret, { signature: good, timestamp, body: other }, nowMs).ok).toBe(false);
      }),
    );
  });
});
