/** Where a page keeps things: localStorage, or memory where that is refused or full. It must not know what is kept. */

export interface Shelf {
  read(key: string): string | null;
  write(key: string, value: string): void;
  remove(key: string): void;
  keys(): string[];
}

/** `storage` is asked for each time, because merely naming localStorage throws where it is forbidden. */
export function createShelf(storage: () => Storage): Shelf {
  const memory = new Map<string, string>();
  const attempt = <T>(use: (stored: Storage) => T, otherwise: T): T => {
    try {
      return use(storage());
    } catch {
      // Forbidden or full: memory carries on for as long as the page lives.
      return otherwise;
    }
  };
  return {
    read: (key) => memory.get(key) ?? attempt((stored) => stored.getItem(key), null),
    write(key, value) {
      const isStored = attempt((stored) => {
        stored.setItem(key, value);
        return true;
      }, false);
      if (isStored) memory.delete(key);
      else memory.set(key, value);
    },
    remove(key) {
      memory.delete(key);
      attempt((stored) => stored.removeItem(key), undefined);
    },
    keys: () => [...memory.keys(), ...attempt((stored) => Object.keys(stored), [])],
  };
}
