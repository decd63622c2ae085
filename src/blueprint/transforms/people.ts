/** Transforms of what identifies people: addresses, phone numbers, digests. */
import { createHash } from 'node:crypto';
import { isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/min';
import { parseEmail } from '../../event/email.ts';
import { ofText, type Transform } from './transform.ts';

/** Longer texts are no phone numbers; the parser need not look at them. */
const MAX_PHONE_LENGTH = 64;

export const PEOPLE_TRANSFORMS: readonly Transform[] = [
  {
    name: 'normalize_email',
    doc: 'Trims an e-mail address and writes it small; gives nothing for what is no address.',
    accepts: 'text',
    gives: 'text',
    prepare: () => parseEmail,
  },
  {
    name: 'e164',
    cost: 1_000,
    doc: 'Writes a phone number in the international form +15550100; gives nothing for what cannot be one.',
    accepts: 'text',
    gives: 'text',
    format: {
      doc: 'Country of numbers written without one, as two letters, for example US. Without it they give nothing.',
    },
    prepare: (format) => {
      const country = format?.toUpperCase();
      if (country !== undefined && !isSupportedCountry(country))
        return { reason: `format should be a country of two letters, such as US, not "${format}"` };
      return ofText((text) => {
        if (text.length > MAX_PHONE_LENGTH) return undefined;
        const phone = parsePhoneNumberFromString(text, country);
        return phone?.isPossible() ? phone.number : undefined;
      });
    },
  },
  {
    name: 'hash_sha256',
    cost: 50,
    doc: 'Gives the SHA-256 of the text as 64 small hexadecimal digits.',
    accepts: 'text',
    gives: 'text',
    prepare: () => ofText((text) => createHash('sha256').update(text, 'utf8').digest('hex')),
  },
];
