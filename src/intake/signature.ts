/** Checks the signature of a server's request. It must not know where key, headers or body come from. */
import { createHmac, timingSafeEqual } from 'node:crypto';

/** How far a signed request's clock may be off, either way. */
export const SIGNATURE_SKEW_MS = 5 * 60_000;

export interface SignedRequest {
  /** `X-Signature`: `sha256=` and 64 hex digits. */
  readonly signature: string | undefined;
  /** `X-Timestamp`: milliseconds since 1970. */
  readonly timestamp: string | undefined;
  /** The body's bytes as they came over the wire. */
  readonly body: Uint8Array;
}

export type SignatureJudgement =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: 'MISSING' | 'MALFORMED' | 'EXPIRED' | 'WRONG' };

/** HMAC-SHA256 over `timestamp + "." + body`, as `sha256=` and lower-case hex (Datafly Signal, "Server-side ingestion"). */
export function sign(secret: string, timestamp: string, body: Uint8Array): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')}`;
}

/** Judges in constant time with regard to the secret. */
export function judgeSignature(secret: string, request: SignedRequest, nowMs: number): SignatureJudgement {
  const { signature, timestamp, body } = request;
  if (signature === undefined || timestamp === undefined) return { ok: false, reason: 'MISSING' };
  if (!/^\d{1,16}$/.test(timestamp) || !/^sha256=[0-9a-f]{64}$/i.test(signature))
    return { ok: false, reason: 'MALFORMED' };
  if (Math.abs(nowMs - Number(timestamp)) > SIGNATURE_SKEW_MS) return { ok: false, reason: 'EXPIRED' };
  const expected = Buffer.from(sign(secret, timestamp, body));
  const given = Buffer.from(`sha256=${signature.slice('sha256='.length).toLowerCase()}`);
  return timingSafeEqual(expected, given) ? { ok: true } : { ok: false, reason: 'WRONG' };
}
