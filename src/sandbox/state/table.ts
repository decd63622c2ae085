/** Keeps rows by ascending id, with indexes that never need a scan. It must not know what the rows are. */

export interface Row {
  readonly id: number;
}

type Key = string | number;

/** What a table tells of each change: the row as it is now, or the id that went. */
export type Change =
  | { readonly table: string; readonly row: Row }
  | { readonly table: string; readonly gone: number };

/** What a state file needs of any table, whatever its rows. */
export interface StoredTable {
  readonly lastId: number;
  reserve(id: number): void;
  put(row: Row): void;
  remove(id: number): boolean;
  above(after: number): Iterable<Row>;
  clear(): void;
}

/** Finds the rows of one key. Made by `Table.index`. */
export class Index<R extends Row> {
  readonly #ids = new Map<Key, number | Set<number>>();
  readonly #keyOf: (row: R) => Key | undefined;
  readonly #rowOf: (id: number) => R | undefined;

  constructor(keyOf: (row: R) => Key | undefined, rowOf: (id: number) => R | undefined) {
    this.#keyOf = keyOf;
    this.#rowOf = rowOf;
  }

  /** All rows of the key, oldest id first unless a row changed its key later. */
  find(key: Key): R[] {
    const ids = this.#ids.get(key);
    if (ids === undefined) return [];
    const found: R[] = [];
    for (const id of typeof ids === 'number' ? [ids] : ids) {
      const row = this.#rowOf(id);
      if (row) found.push(row);
    }
    return found;
  }

  first(key: Key): R | undefined {
    return this.find(key)[0];
  }

  count(key: Key): number {
    const ids = this.#ids.get(key);
    return ids === undefined ? 0 : typeof ids === 'number' ? 1 : ids.size;
  }

  /** Called by the table for every change; nobody else does. */
  move(before: R | undefined, after: R | undefined): void {
    const from = before && this.#keyOf(before);
    const to = after && this.#keyOf(after);
    if (before && from !== undefined && from !== to) this.#drop(from, before.id);
    if (after && to !== undefined && from !== to) this.#add(to, after.id);
  }

  clear(): void {
    this.#ids.clear();
  }

  #add(key: Key, id: number): void {
    const ids = this.#ids.get(key);
    if (ids === undefined) this.#ids.set(key, id);
    else if (typeof ids === 'number') this.#ids.set(key, new Set([ids, id]));
    else ids.add(id);
  }

  #drop(key: Key, id: number): void {
    const ids = this.#ids.get(key);
    if (ids instanceof Set) {
      ids.delete(id);
      if (ids.size === 0) this.#ids.delete(key);
    } else if (ids === id) this.#ids.delete(key);
  }
}

export class Table<R extends Row> {
  readonly #name: string;
  readonly #rows = new Map<number, R>();
  readonly #indexes: Index<R>[] = [];
  readonly #changed: (change: Change) => void;
  #order: number[] = [];
  #lastId = 0;
  #version = 0;

  constructor(name: string, changed: (change: Change) => void) {
    this.#name = name;
    this.#changed = changed;
  }

  /** Grows with every change; equal versions mean equal contents. */
  get version(): number {
    return this.#version;
  }

  /** The highest id ever given; ids are never given twice. */
  get lastId(): number {
    return this.#lastId;
  }

  /** Ids up to this one count as given. */
  reserve(id: number): void {
    this.#lastId = Math.max(this.#lastId, id);
  }

  get size(): number {
    return this.#rows.size;
  }

  index(keyOf: (row: R) => Key | undefined): Index<R> {
    const index = new Index<R>(keyOf, (id) => this.#rows.get(id));
    this.#indexes.push(index);
    return index;
  }

  get(id: number | undefined): R | undefined {
    return id === undefined ? undefined : this.#rows.get(id);
  }

  /** Adds a row made for the next id. */
  add(make: (id: number) => R): R {
    const row = make(this.#lastId + 1);
    this.put(row);
    return row;
  }

  /** Adds or replaces the row of that id. */
  put(row: R): void {
    const before = this.#rows.get(row.id);
    this.#rows.set(row.id, row);
    if (!before) this.#place(row.id);
    for (const index of this.#indexes) index.move(before, row);
    this.#version += 1;
    this.#changed({ table: this.#name, row });
  }

  remove(id: number): boolean {
    const before = this.#rows.get(id);
    if (!before) return false;
    this.#rows.delete(id);
    for (const index of this.#indexes) index.move(before, undefined);
    this.#order.splice(firstAbove(this.#order, id - 1), 1);
    this.#version += 1;
    this.#changed({ table: this.#name, gone: id });
    return true;
  }

  clear(): void {
    this.#rows.clear();
    for (const index of this.#indexes) index.clear();
    this.#order = [];
    this.#lastId = 0;
    this.#version += 1;
  }

  /** Rows with an id above `after`, ascending; read lazily, so a page costs no more than the page. */
  *above(after: number): Generator<R> {
    for (let at = firstAbove(this.#order, after); at < this.#order.length; at += 1) {
      const row = this.get(this.#order[at]);
      if (row) yield row;
    }
  }

  /** How many rows have an id above `after`. */
  countAbove(after: number): number {
    return this.#order.length - firstAbove(this.#order, after);
  }

  all(): R[] {
    return [...this.above(0)];
  }

  /** The newest rows first, at most `count`. */
  newest(count: number): R[] {
    const found: R[] = [];
    for (let at = this.#order.length - 1; at >= 0 && found.length < count; at -= 1) {
      const row = this.get(this.#order[at]);
      if (row) found.push(row);
    }
    return found;
  }

  #place(id: number): void {
    const last = this.#order.at(-1);
    if (last === undefined || id > last) this.#order.push(id);
    else this.#order.splice(firstAbove(this.#order, id), 0, id);
    this.#lastId = Math.max(this.#lastId, id);
  }
}

/** The position of the first number above `after` in an ascending list. */
export function firstAbove(ascending: readonly number[], after: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((ascending[middle] ?? 0) > after) high = middle;
    else low = middle + 1;
  }
  return low;
}
