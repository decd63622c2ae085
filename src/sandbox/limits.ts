/** The limits of an account: so many calls in so much time. It must not know what the calls are. */
import type { Settings } from './settings.ts';

const MINUTE_MS = 60_000;

/** Refilled evenly at `perSecond`, holding at most one second's worth (never less than one call). */
class Bucket {
  #tokens: number | undefined;
  #at = 0;

  take(perSecond: number, nowMs: number): boolean {
    const capacity = Math.max(1, perSecond);
    const refilled = (Math.max(0, nowMs - this.#at) / 1000) * perSecond;
    this.#tokens = Math.min(capacity, (this.#tokens ?? capacity) + refilled);
    this.#at = nowMs;
    if (this.#tokens < 1 - 1e-9) return false;
    this.#tokens -= 1;
    return true;
  }

  /** What a refused call costs where refused calls count. */
  charge(): void {
    this.#tokens = Math.max(-1, (this.#tokens ?? 0) - 1);
  }

  get left(): number {
    return Math.max(0, Math.floor(this.#tokens ?? 0));
  }
}

/** Never more than `limit` calls in any stretch of `spanMs`. */
class SlidingWindow {
  #times: number[] = [];

  take(limit: number, spanMs: number, nowMs: number): boolean {
    this.#times = this.#times.filter((at) => at > nowMs - spanMs);
    if (this.#times.length >= limit) return false;
    this.#times.push(nowMs);
    return true;
  }

  charge(nowMs: number): void {
    this.#times.push(nowMs);
  }

  left(limit: number): number {
    return Math.max(0, limit - this.#times.length);
  }
}

export type Verdict = { readonly isAllowed: boolean; readonly left: number };

/** All limits of one account; each asks for the settings as they are at that moment. A limit of 0 is off. */
export class Limits {
  #bucket = new Bucket();
  #window = new SlidingWindow();
  #tracking = new Bucket();
  #imports = new SlidingWindow();
  #singleImports = new SlidingWindow();

  /** One call of the REST API, whichever key it carries. */
  takeCall(settings: Settings, nowMs: number): Verdict {
    const { rate_limit_per_second: limit, speed } = settings;
    if (limit === 0) return { isAllowed: true, left: limit };
    const isBucket = settings.rate_limit_window === 'bucket';
    const isAllowed = isBucket
      ? this.#bucket.take(limit * speed, nowMs)
      : this.#window.take(limit, 1000 / speed, nowMs);
    if (!isAllowed && settings.rate_limit_counts_rejected) {
      if (isBucket) this.#bucket.charge();
      else this.#window.charge(nowMs);
    }
    return { isAllowed, left: isBucket ? this.#bucket.left : this.#window.left(limit) };
  }

  takeTracking(settings: Settings, nowMs: number): boolean {
    const limit = settings.tracking_limit_per_second;
    return limit === 0 || this.#tracking.take(limit * settings.speed, nowMs);
  }

  /** Imports of one contact and of several have a limit each. */
  takeImport(settings: Settings, isSingle: boolean, nowMs: number): boolean {
    const limit = isSingle ? settings.bulk_single_requests_per_minute : settings.bulk_requests_per_minute;
    const window = isSingle ? this.#singleImports : this.#imports;
    return limit === 0 || window.take(limit, MINUTE_MS / settings.speed, nowMs);
  }

  reset(): void {
    this.#bucket = new Bucket();
    this.#window = new SlidingWindow();
    this.#tracking = new Bucket();
    this.#imports = new SlidingWindow();
    this.#singleImports = new SlidingWindow();
  }
}

/** The Retry-After header the account sends, or none. */
export function retryAfter(settings: Settings): { readonly [name: string]: string } {
  const seconds = Math.ceil(settings.retry_after_seconds / settings.speed);
  return settings.retry_after_seconds === 0 ? {} : { 'retry-after': String(seconds) };
}
