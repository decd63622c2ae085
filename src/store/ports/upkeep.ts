/** Keeping the database small, and knowing that its disk still writes. It must not know which database it is. */

export interface Upkeep {
  /** Forgets events, attempts and settled jobs older than the retention, and dedupe keys older than the window; bounded work a call. */
  sweep(nowMs: number): Promise<{ readonly removed: number }>;
  /** Rejects (Failure STORE_UNAVAILABLE) when the disk does not take a durable write. */
  probe(): Promise<void>;
}
