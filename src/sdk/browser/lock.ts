/** Lets one tab at a time send. It must not know what is sent. */
import type { Ports } from '../ports.ts';
import type { Shelf } from './shelf.ts';

/**
 * Runs `work` while this tab alone holds the name. Gives false, without running it, when another tab holds it and
 * there is no queue to stand in (leases). `work` calls `renew` before each step that may take up to LEASE_MS.
 */
export type Lock = (work: (renew: () => void) => Promise<void>) => Promise<boolean>;

export const LEASE_MS = 30_000;
/** How long another tab's claim, written in the same moment, takes to show. */
const SETTLE_MS = 60;

/** The browser's own locks, where there are (secure pages only). */
export function webLock(name: string, locks: LockManager): Lock {
  return async (work) => {
    await locks.request(name, () => work(() => {}));
    return true;
  };
}

/** A lease on the shelf: claimed, and held if the claim still stands a moment later. */
export function leaseLock(key: string, owner: string, shelf: Shelf, ports: Ports): Lock {
  const claim = (): void => shelf.write(key, `${ports.now() + LEASE_MS}:${owner}`);
  const isMine = (): boolean => !!shelf.read(key)?.endsWith(owner);
  return async (work) => {
    const untilMs = parseInt(shelf.read(key) ?? '0', 10);
    if (untilMs > ports.now() && untilMs <= ports.now() + LEASE_MS && !isMine()) return false;
    claim();
    await new Promise<void>((resolve) => ports.after(SETTLE_MS, resolve));
    if (!isMine()) return false;
    await work(claim);
    if (isMine()) shelf.remove(key);
    return true;
  };
}
