/** Addresses of payloads: as keys of order, and as ActiveCampaign is given them. It must not know any action. */
import { PayloadValidationError } from '../destination/errors.ts';
import { type Email, parseEmail } from '../event/email.ts';

/** The contact keys of these addresses, normalised, each once; what is no address counts for nothing. */
export function addressKey(...addresses: readonly unknown[]): readonly string[] {
  const keys: Email[] = [];
  for (const address of addresses) {
    const email = parseEmail(address);
    if (email !== undefined && !keys.includes(email)) keys.push(email);
  }
  return keys;
}

/** The normalised address. Payloads are checked before they come here; one that slipped through is refused, never sent. */
export function requireEmail(value: unknown): Email {
  const email = parseEmail(value);
  if (email === undefined) throw new PayloadValidationError('email is not an e-mail address.');
  return email;
}
