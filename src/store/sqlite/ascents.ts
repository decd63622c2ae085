/** Chooses rows by rising position, a bounded piece at a time. It must not know what is chosen, nor by which columns. */
import type { Database, Statement } from 'better-sqlite3';

/** The stretch that a look is about: behind `after`, up to `through`, at most so many. */
export interface Stretch {
  readonly after: number;
  readonly through: number;
  readonly limit: number;
}

/** Those of the given positions that are in the stretch, rising. */
export function positionsWithin(
  given: readonly number[],
  { after, through, limit }: Stretch,
): readonly number[] {
  const within = [...new Set(given)].filter((position) => position > after && position <= through);
  return within.sort((a, b) => a - b).slice(0, limit);
}

/**
 * Each way in is a SELECT DISTINCT of one column that ends in `… > ? AND … <= ?`, by an index that has the rows in that
 * order; several are merged, so that nothing is sorted. Statements are kept.
 */
export class Ascents {
  readonly #db: Database;
  readonly #column: string;
  readonly #statements = new Map<string, Statement<(string | number)[], number>>();

  constructor(db: Database, column: string) {
    this.#db = db;
    this.#column = column;
  }

  /** `before`: what each way in asks for ahead of the stretch. */
  find(
    ways: readonly string[],
    { after, through, limit }: Stretch,
    before: readonly string[] = [],
  ): readonly number[] {
    if (ways.length === 0) return [];
    const sql = `${ways.join(' UNION ')} ORDER BY ${this.#column} LIMIT ?`;
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare<(string | number)[], number>(sql).pluck();
      this.#statements.set(sql, statement);
    }
    return statement.all(...ways.flatMap(() => [...before, after, through]), limit);
  }
}
