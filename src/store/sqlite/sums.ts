/** Counters in a table, which many changes of one commit move by one write each. It must not know what is counted. */

/** What names a row, and by how much its counters move. */
type Write = (key: readonly (string | number)[], by: readonly number[]) => void;

interface Sum {
  readonly key: readonly (string | number)[];
  readonly by: readonly number[];
}

export class Sums {
  readonly #write: Write;
  #gathered: Map<string, Sum> | undefined;

  constructor(write: Write) {
    this.#write = write;
  }

  /** Moves the counters of a row: now, or at the end of `together`. */
  add(key: readonly (string | number)[], by: readonly number[]): void {
    if (this.#gathered === undefined) {
      this.#write(key, by);
      return;
    }
    const name = key.join(' ');
    const sum = this.#gathered.get(name);
    const total = by.map((count, index) => count + (sum?.by[index] ?? 0));
    this.#gathered.set(name, { key, by: total });
  }

  /** Whatever `run` counts is written at its end, each row once; nothing when it throws, since its commit is undone. */
  together(run: () => void): void {
    if (this.#gathered !== undefined) {
      run();
      return;
    }
    const gathered = new Map<string, Sum>();
    this.#gathered = gathered;
    try {
      run();
    } finally {
      this.#gathered = undefined;
    }
    for (const { key, by } of gathered.values()) this.#write(key, by);
  }
}
