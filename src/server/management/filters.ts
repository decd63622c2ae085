/** Members that several filters of the API have, in the store's words. It must not know what is filtered. */
import { parseEmail } from '../../event/email.ts';

export interface CommonFilter {
  readonly email?: string;
  readonly integration_id?: string;
  readonly code?: string;
  /** Milliseconds since 1970. */
  readonly since?: number;
}

/** An address is compared in the form in which addresses are stored. */
export function inStoreWords({ email, integration_id, code, since }: CommonFilter): {
  readonly email?: string;
  readonly integrationId?: string;
  readonly code?: string;
  readonly sinceMs?: number;
} {
  return {
    ...(email === undefined ? {} : { email: parseEmail(email) ?? email }),
    ...(integration_id === undefined ? {} : { integrationId: integration_id }),
    ...(code === undefined ? {} : { code }),
    ...(since === undefined ? {} : { sinceMs: since }),
  };
}
