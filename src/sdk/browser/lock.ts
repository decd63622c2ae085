/** Lets one tab at a time send. It must not know what is sent. */
import type { Ports } from '../ports.ts';
import type { Shelf } from './shelf.ts';

/**
 * Runs `work` while this tab alone holds the name. Gives false, without running it, when another tab holds it and
 * there is no queue to stand in (leases). `work` calls `renew` before each step that may take up to LEASE_MS.
 */
export type Lock = (work: (renew: () => void) => Promise<void>) => Promise<boolean>;

export const LEASE_MS = 12_000;
/** How long another tab's claim, written in the same moment, takes to show. */
const SETTLE_MS = 60;

/** The browser's own locks, where there are (secure pages only). */
export function webLock(name: string, locks: LockManager): Lock {
  return async (work) => {
    await locks.request(name, () => work(() => {}));
    return true;
  };
}

const isHeld = (key: string, owner: string, shelf: Shelf): boolean => !!shelf.read(key)?.endsWith(owner);

/** Lets go of a lease, if the owner has it: when the work is done, or when the page goes away in the midst of it. */
export function releaseLease(key: string, owner: string, shelf: Shelf): void {
  if (isHeld(key, owner, shelf)) shelf.remove(key);
}

/** A lease on the shelf: claimed, and held if the claim still stands a moment later. */
export function leaseLock(key: string, owner: string, shelf: Shelf, ports: Ports): Lock {
  const claim = (): void => shelf.write(key, `${ports.now() + LEASE_MS}:${owner}`);
  return async (work) => {
    const leftMs = parseInt(`${shelf.read(key)}`, 10) - ports.now();
    if (leftMs > 0 && leftMs <= LEASE_MS && !isHeld(key, owner, shelf)) return false;
    claim();
    await new Promise<void>((resolve) => ports.after(SETTLE_MS, resolve));
    if (!isHeld(key, owner, shelf)) return false;
    await work(claim);
    releaseLease(key, owner, shelf);
    return true;
  };
}
