/** One statement for many rows: what a call of SQLite costs is paid once a piece. It must not know what the rows are. */
import type { Database, Statement } from 'better-sqlite3';

export type Values = (string | number | Buffer | null)[];

/** Largest first; the last one takes what is left. */
const SIZES = [32, 8, 1] as const;

/** Appends the values of one item to those of its piece. */
export type ValuesOf<Item> = (item: Item, values: Values) => void;

/** The statement that `sql` makes of a list with one `(?, …)` an item, prepared for pieces of 32, 8 and 1 items. */
export class Pieces<Item, Row = unknown> {
  readonly #statements: readonly { readonly size: number; readonly statement: Statement<[Values], Row> }[];
  readonly #valuesOf: ValuesOf<Item>;

  constructor(db: Database, item: string, sql: (list: string) => string, valuesOf: ValuesOf<Item>) {
    this.#valuesOf = valuesOf;
    this.#statements = SIZES.map((size) => {
      const list = Array.from({ length: size }, () => item).join(', ');
      return { size, statement: db.prepare<[Values], Row>(sql(list)) };
    });
  }

  run(items: readonly Item[]): void {
    this.#each(items, (statement, values) => void statement.run(values));
  }

  /** The rows of all pieces. */
  all(items: readonly Item[]): readonly Row[] {
    const rows: Row[] = [];
    this.#each(items, (statement, values) => void rows.push(...statement.all(values)));
    return rows;
  }

  #each(items: readonly Item[], use: (statement: Statement<[Values], Row>, values: Values) => void): void {
    let at = 0;
    for (const { size, statement } of this.#statements) {
      for (; at + size <= items.length; at += size) {
        const values: Values = [];
        for (const item of items.slice(at, at + size)) this.#valuesOf(item, values);
        use(statement, values);
      }
    }
  }
}
