/** Seals secrets for the database and opens them again. It must not know what they are for or where they are kept. */
import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { Failure } from '../event/failure.ts';

/** `aad` names the place of the secret; a sealed text opens only in the place it was sealed for. */
export interface Vault {
  seal(plain: string, aad: string): string;
  /** Failure SECRET_UNREADABLE: another key, another place, or the text was changed. */
  open(sealed: string, aad: string): string;
}

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const VERSION = 'v1';

/** AES-256-GCM with a random nonce for each secret. Sealed: `v1.` + id of the key + `.` + base64url of nonce, text, tag. */
export function createVault(key: Uint8Array): Vault {
  if (key.length !== KEY_BYTES) throw new Error(`The vault's key has ${KEY_BYTES} bytes, not ${key.length}.`);
  const secret = Buffer.from(key);
  const keyId = createHash('sha256').update('vault key id').update(secret).digest('hex').slice(0, 8);
  return {
    seal(plain, aad) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', secret, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(Buffer.from(aad));
      const text = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()]);
      return [VERSION, keyId, Buffer.concat([nonce, text, cipher.getAuthTag()]).toString('base64url')].join(
        '.',
      );
    },
    open(sealed, aad) {
      const [version, sealedWith, encoded = ''] = sealed.split('.');
      if (version !== VERSION) throw unreadable('it is not in a form that this version knows');
      if (sealedWith !== keyId) throw unreadable('it was sealed with another ENCRYPTION_KEY');
      const bytes = Buffer.from(encoded, 'base64url');
      if (bytes.length < NONCE_BYTES + TAG_BYTES) throw unreadable('it is cut off');
      const nonce = bytes.subarray(0, NONCE_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', secret, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(Buffer.from(aad));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      const text = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
      try {
        return Buffer.concat([text, decipher.final()]).toString('utf8');
      } catch (cause) {
        throw unreadable('it was changed, or belongs to another record', cause);
      }
    },
  };
}

function unreadable(reason: string, cause?: unknown): Failure {
  return new Failure(
    'SECRET_UNREADABLE',
    `A stored secret cannot be read: ${reason}. Give back the ENCRYPTION_KEY it was sealed with, or save the secret again.`,
    cause === undefined ? {} : { cause },
  );
}
