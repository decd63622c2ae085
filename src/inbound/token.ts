/** The secret part of the address that a vendor posts to: made from the id, so that nothing is stored. It must not know HTTP. */
import { createHmac, timingSafeEqual } from 'node:crypto';

export interface AddressTokens {
  /** 256 bits, base64url: 43 characters that may stand in any path. */
  of(integrationId: string): string;
  /** In a time that tells nothing of the right one. */
  fits(integrationId: string, token: string): boolean;
}

/** `key` is for this use alone; whoever has it can write every address. */
export function createAddressTokens(key: Uint8Array): AddressTokens {
  const of = (integrationId: string): string =>
    createHmac('sha256', key).update(integrationId).digest('base64url');
  return {
    of,
    fits(integrationId, token) {
      const right = Buffer.from(of(integrationId));
      const given = Buffer.from(token);
      return given.length === right.length && timingSafeEqual(given, right);
    },
  };
}
