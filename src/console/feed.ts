/** A list, newest first, that grows at both ends: at the top by the stream, at the bottom by pages. It must not know what its items are. */
import type { Page } from './api/answers.ts';

export interface FeedOptions<T> {
  readonly load: (cursor: string | undefined) => Promise<Page<T>>;
  readonly idOf: (item: T) => string;
  /** Greater is newer; unique. */
  readonly rankOf: (item: T) => number;
  /** Whether the item belongs here: what a page has always does, what the stream tells may not. */
  readonly fits: (item: T) => boolean;
}

export interface FeedState<T> {
  /** Newest first. */
  readonly items: readonly T[];
  readonly isLoading: boolean;
  readonly error: unknown;
  /** Whether older ones can be loaded. */
  readonly hasMore: boolean;
  readonly isPaused: boolean;
  /** How many have come since it was paused. */
  readonly pending: number;
}

export interface Feed<T> {
  state(): FeedState<T>;
  subscribe(changed: () => void): () => void;
  /** Loads the newest page; what is there stays. */
  loadNewest(): Promise<void>;
  loadOlder(): Promise<void>;
  /** Items of the stream. Known ones change in place, also while it is paused. */
  take(items: readonly T[]): void;
  pause(): void;
  resume(): void;
}

/** More than anybody looks through; the oldest give way, and can be loaded again. */
export const MAX_ITEMS = 10_000;
/** An empty page with a cursor means "look on"; this many are looked through before one is asked. */
const MAX_EMPTY_PAGES = 5;
/** So many loads are made to meet what is known after a break; beyond that nobody would scroll. */
const MAX_CATCH_UP = 10;

export function createFeed<T>(options: FeedOptions<T>): Feed<T> {
  const { load, idOf, rankOf, fits } = options;
  const listeners = new Set<() => void>();
  let state: FeedState<T> = {
    items: [],
    isLoading: false,
    error: undefined,
    hasMore: false,
    isPaused: false,
    pending: 0,
  };
  type Found = { readonly items: readonly T[]; readonly next: string | undefined };
  let held: readonly T[] = [];
  let cursor: string | undefined;
  let hasLoaded = false;
  let wantsNewest = false;

  const set = (change: Partial<FeedState<T>>): void => {
    state = { ...state, ...change };
    for (const listener of listeners) listener();
  };
  const merge = (items: readonly T[], more: readonly T[]): readonly T[] =>
    merged(items, more, idOf, rankOf, fits);

  const loadSome = async (from: string | undefined): Promise<Found> => {
    let next = from;
    const items: T[] = [];
    for (let pages = 0; pages < MAX_EMPTY_PAGES; pages += 1) {
      const page = await load(next);
      items.push(...page.data);
      next = page.next_cursor ?? undefined;
      if (items.length > 0 || next === undefined) break;
    }
    return { items, next };
  };
  const older = async (): Promise<void> => {
    const found = await loadSome(cursor);
    cursor = found.next;
    set({ items: merge(state.items, found.items), hasMore: cursor !== undefined });
  };
  /** Loads down to something known, so that the list has no hole. When that is too far, the list begins anew. */
  const newest = async (): Promise<void> => {
    const known = new Set(state.items.map(idOf));
    let found = await loadSome(undefined);
    const items = [...found.items];
    const meets = (): boolean => items.some((item) => known.has(idOf(item))) || found.next === undefined;
    for (let loads = 1; known.size > 0 && !meets() && loads < MAX_CATCH_UP; loads += 1) {
      found = await loadSome(found.next);
      items.push(...found.items);
    }
    const isFirst = !hasLoaded;
    const hasHole = !isFirst && !meets();
    if (isFirst || hasHole) cursor = found.next;
    hasLoaded = true;
    set({ items: merge(hasHole ? [] : state.items, items), hasMore: cursor !== undefined });
  };
  /** One load at a time; a wish for the newest that comes meanwhile is fulfilled afterwards. */
  const guarded = async (run: () => Promise<void>): Promise<void> => {
    if (state.isLoading) {
      if (run === newest) wantsNewest = true;
      return;
    }
    set({ isLoading: true, error: undefined });
    try {
      await run();
      set({ isLoading: false });
    } catch (error) {
      set({ isLoading: false, error });
    }
    if (!wantsNewest) return;
    wantsNewest = false;
    await guarded(newest);
  };

  return {
    state: () => state,
    subscribe: (changed) => {
      listeners.add(changed);
      return () => listeners.delete(changed);
    },
    loadNewest: () => guarded(newest),
    loadOlder: () => (cursor === undefined ? Promise.resolve() : guarded(older)),
    take: (items) => {
      if (!state.isPaused) return set({ items: merge(state.items, items) });
      const known = new Set(state.items.map(idOf));
      const isKnown = (item: T): boolean => known.has(idOf(item));
      held = merge(
        held,
        items.filter((item) => !isKnown(item)),
      );
      set({ items: merge(state.items, items.filter(isKnown)), pending: held.length });
    },
    pause: () => set({ isPaused: true }),
    resume: () => {
      const items = merge(state.items, held);
      held = [];
      set({ isPaused: false, pending: 0, items });
    },
  };
}

/** Both lists as one, newest first; of two with the same id the one from `more` counts, and leaves when it fits no more. */
function merged<T>(
  items: readonly T[],
  more: readonly T[],
  idOf: (item: T) => string,
  rankOf: (item: T) => number,
  fits: (item: T) => boolean,
): readonly T[] {
  if (more.length === 0) return items;
  const newer = new Map(more.map((item) => [idOf(item), item]));
  const kept = items.filter((item) => !newer.has(idOf(item)));
  const added = [...newer.values()].filter(fits);
  return [...kept, ...added].sort((a, b) => rankOf(b) - rankOf(a)).slice(0, MAX_ITEMS);
}
