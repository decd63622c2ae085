/** Claims about sealed secrets. */
import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createVault } from '../../src/store/vault.ts';

const key = randomBytes(32);
const vault = createVault(key);

function unreadable(run: () => unknown): void {
  expect(run).toThrow(expect.objectContaining({ code: 'SECRET_UNREADABLE' }));
}

describe('the vault', () => {
  it('opens what it sealed, whatever the text and the place', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string(), (plain, place) => {
        expect(vault.open(vault.seal(plain, place), place)).toBe(plain);
      }),
    );
  });

  it('opens over a restart with the same key', () => {
    expect(createVault(Uint8Array.from(key)).open(vault.seal('api-key', 'it_1'), 'it_1')).toBe('api-key');
  });

  it('seals the same text differently each time, and shows none of it', () => {
    const [first, second] = [vault.seal('api-key-1234', 'it_1'), vault.seal('api-key-1234', 'it_1')];
    expect(first).not.toBe(second);
    expect(first).not.toContain('api-key');
    expect(Buffer.from(first.split('.')[2] ?? '', 'base64url').toString('latin1')).not.toContain('api-key');
  });

  it('does not open in another place', () => {
    unreadable(() => vault.open(vault.seal('secret', 'it_1/api_key'), 'it_2/api_key'));
  });

  it('says when another key sealed it', () => {
    const other = createVault(randomBytes(32)).seal('secret', 'it_1');
    expect(() => vault.open(other, 'it_1')).toThrow(/ENCRYPTION_KEY/);
    unreadable(() => vault.open(other, 'it_1'));
  });

  it('does not open what was changed in any byte', () => {
    const sealed = vault.seal('secret', 'it_1');
    const [version, id, encoded = ''] = sealed.split('.');
    const bytes = Buffer.from(encoded, 'base64url');
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
      unreadable(() => vault.open([version, id, changed.toString('base64url')].join('.'), 'it_1'));
    }
  });

  it.each(['', 'v1', 'v2.x.y', 'plain text', `${vault.seal('x', 'p').slice(0, 20)}`])(
    'does not open %j',
    (sealed) => {
      unreadable(() => vault.open(sealed, 'p'));
    },
  );

  it('takes no key of another length', () => {
    expect(() => createVault(randomBytes(16))).toThrow(/32/);
  });
});
