/** When each account is looked at next: the earliest first, by one timer for all of them. It must not know what is looked at. */
import type { Clock } from '../clock.ts';

interface Entry {
  readonly atMs: number;
  readonly lane: string;
}

/** So many accounts begin in one go; then others of the program have a turn. */
const AT_ONCE = 64;

export class Agenda {
  readonly #clock: Clock;
  readonly #onDue: (lane: string) => void;
  /** The present time of each account. Entries of the heap that say otherwise are out of date. */
  readonly #dueMs = new Map<string, number>();
  #heap: Entry[] = [];
  #lastMs = 0;
  #timer: { readonly atMs: number; readonly cancel: () => void } | undefined;

  constructor(clock: Clock, onDue: (lane: string) => void) {
    this.#clock = clock;
    this.#onDue = onDue;
  }

  /** How many accounts have a time. */
  get size(): number {
    return this.#dueMs.size;
  }

  /** Sets the account's time, whatever it was, to so many milliseconds from now. */
  in(delayMs: number, lane: string): void {
    const atMs = this.#now() + Math.max(0, delayMs);
    this.#dueMs.set(lane, atMs);
    this.#push({ atMs, lane });
    if (this.#heap.length > 2 * this.#dueMs.size + AT_ONCE) this.#rebuild(0);
    this.#arm();
  }

  drop(lane: string): void {
    this.#dueMs.delete(lane);
    this.#arm();
  }

  clear(): void {
    this.#dueMs.clear();
    this.#heap = [];
    this.#arm();
  }

  /** A clock that was set back takes all times with it, so that nobody waits longer than was meant. */
  #now(): number {
    const nowMs = this.#clock.now();
    if (nowMs < this.#lastMs) this.#rebuild(nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    return nowMs;
  }

  #arm(): void {
    const first = this.#first();
    if (first?.atMs === this.#timer?.atMs) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (first === undefined) return;
    const cancel = this.#clock.after(first.atMs - this.#lastMs, () => this.#fire());
    this.#timer = { atMs: first.atMs, cancel };
  }

  #fire(): void {
    this.#timer = undefined;
    const nowMs = this.#now();
    const due: string[] = [];
    for (let first = this.#first(); first !== undefined && first.atMs <= nowMs; first = this.#first()) {
      if (due.length === AT_ONCE) break;
      this.#pop();
      this.#dueMs.delete(first.lane);
      due.push(first.lane);
    }
    for (const lane of due) this.#onDue(lane);
    this.#arm();
  }

  /** The earliest entry that holds. */
  #first(): Entry | undefined {
    for (;;) {
      const [first] = this.#heap;
      if (first === undefined || this.#dueMs.get(first.lane) === first.atMs) return first;
      this.#pop();
    }
  }

  #rebuild(shiftMs: number): void {
    this.#heap = [];
    for (const [lane, atMs] of this.#dueMs) {
      this.#dueMs.set(lane, atMs + shiftMs);
      this.#push({ atMs: atMs + shiftMs, lane });
    }
    if (shiftMs === 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #push(entry: Entry): void {
    let at = this.#heap.length;
    this.#heap.push(entry);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = this.#heap[above];
      if (parent === undefined || parent.atMs <= entry.atMs) break;
      this.#heap[at] = parent;
      at = above;
    }
    this.#heap[at] = entry;
  }

  #pop(): void {
    const last = this.#heap.pop();
    if (last === undefined || this.#heap.length === 0) return;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      const [a, b] = [this.#heap[left], this.#heap[left + 1]];
      const child = b !== undefined && a !== undefined && b.atMs < a.atMs ? b : a;
      if (child === undefined || child.atMs >= last.atMs) break;
      this.#heap[at] = child;
      at = child === b ? left + 1 : left;
    }
    this.#heap[at] = last;
  }
}
