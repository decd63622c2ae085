import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseEmail } from '../../src/event/email.ts';

describe('parseEmail', () => {
  it.each([
    ['jane@example.com', 'jane@example.com'],
    ['  Jane@Example.COM ', 'jane@example.com'],
    ['jane+shop@example.com', 'jane+shop@example.com'],
    ['"jane"@example.com', '"jane"@example.com'],
    ["o'neil@example.co.uk", "o'neil@example.co.uk"],
    ['\tjane@example.com\n', 'jane@example.com'],
    ['jäne@exämple.com', 'jäne@exämple.com'],
  ])('takes %j as %j', (given, email) => {
    expect(parseEmail(given)).toBe(email);
  });

  it.each([
    ['', undefined],
    ['jane', undefined],
    ['@example.com', undefined],
    ['jane@', undefined],
    ['jane@localhost', undefined],
    ['jane@example..com', undefined],
    ['jane@-example.com', undefined],
    ['ja ne@example.com', undefined],
    ['a@b.com,c@d.com', undefined],
    ['jane@doe@example.com', undefined],
    ['Jane <jane@example.com>', undefined],
    [`${'a'.repeat(65)}@example.com`, undefined],
    [`a@${'b'.repeat(250)}.com`, undefined],
    [null, undefined],
    [{ email: 'jane@example.com' }, undefined],
  ])('refuses %j', (given, email) => {
    expect(parseEmail(given)).toBe(email);
  });

  it('gives the same for its own result, whatever came in', () => {
    fc.assert(
      fc.property(fc.oneof(fc.emailAddress(), fc.string()), (text) => {
        const once = parseEmail(text);
        expect(once === undefined ? undefined : parseEmail(once)).toBe(once);
        expect(parseEmail(`  ${text.toUpperCase()} `)).toBe(parseEmail(text.toUpperCase()));
      }),
    );
  });
});
