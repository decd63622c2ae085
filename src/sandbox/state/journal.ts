/** Keeps the rows of an account in one file: each change is a line, written before the answer leaves. It must not know what the rows mean. */
import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { isObject, parseJson, wholeOf } from '../json.ts';
import type { AccountState } from './state.ts';
import type { Change, Row } from './table.ts';

/** Lines are gathered and written in pieces of about this many characters. */
const PIECE_CHARS = 1 << 20;

/** What a line of the file says besides changes of rows: the settings that were made. */
export type SavedSettings = { readonly [name: string]: unknown };

export class Journal {
  readonly #path: string;
  readonly #state: AccountState;
  #settings: SavedSettings = {};
  #waiting: string[] = [];
  #file: number | undefined;

  private constructor(path: string, state: AccountState) {
    this.#path = path;
    this.#state = state;
  }

  /**
   * Loads the file into the (empty) state, rewrites it without its history, and from then on records every change.
   * A last line that was cut off by a crash is ignored. Throws where the file cannot be read or written.
   */
  static open(path: string, state: AccountState): Journal {
    const journal = new Journal(path, state);
    if (existsSync(path)) journal.#load(readFileSync(path, 'utf8'));
    journal.#rewrite();
    state.onChange((change) => journal.#record(change));
    return journal;
  }

  get settings(): SavedSettings {
    return this.#settings;
  }

  saveSettings(settings: SavedSettings): void {
    this.#settings = settings;
    this.#waiting.push(JSON.stringify({ settings }));
  }

  /**
   * Hands what was recorded to the operating system, so that it outlives this process. Where something put another file
   * in the place of this one (a second start on the same folder that then had to give up), all of it is written anew:
   * what went on into the old file would be gone with it.
   */
  flush(): void {
    if (this.#waiting.length === 0 || this.#file === undefined) return;
    if (fstatSync(this.#file).nlink === 0) {
      this.restart();
      return;
    }
    writeLines(this.#file, this.#waiting);
    this.#waiting = [];
  }

  /** Writes the file anew from the state as it is now. */
  restart(): void {
    this.#waiting = [];
    this.#rewrite();
  }

  close(): void {
    this.flush();
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }

  #record(change: Change): void {
    this.#waiting.push(JSON.stringify(change));
    if (this.#waiting.length >= 10_000) this.flush();
  }

  #load(text: string): void {
    for (const line of text.split('\n')) {
      const parsed = line === '' ? undefined : parseJson(line)?.value;
      if (!isObject(parsed)) continue;
      if (isObject(parsed['settings'])) this.#settings = parsed['settings'];
      const table = typeof parsed['table'] === 'string' ? this.#state.tables.get(parsed['table']) : undefined;
      if (!table) continue;
      if (isRow(parsed['row'])) table.put(parsed['row']);
      const gone = wholeOf(parsed['gone']);
      if (gone !== undefined) table.remove(gone);
      const last = wholeOf(parsed['last']);
      if (last !== undefined) table.reserve(last);
    }
  }

  /** A whole new file takes the place of the old one in one step, so a crash leaves one or the other. */
  #rewrite(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    mkdirSync(dirname(this.#path), { recursive: true });
    const fresh = `${this.#path}.new`;
    const file = openSync(fresh, 'w', 0o600);
    writeLines(file, this.#lines());
    fsyncSync(file);
    closeSync(file);
    renameSync(fresh, this.#path);
    this.#file = openSync(this.#path, 'a', 0o600);
  }

  *#lines(): Generator<string> {
    yield JSON.stringify({ settings: this.#settings });
    for (const [name, table] of this.#state.tables) {
      yield JSON.stringify({ table: name, last: table.lastId });
      for (const row of table.above(0)) yield JSON.stringify({ table: name, row });
    }
  }
}

function isRow(value: unknown): value is Row {
  return isObject(value) && wholeOf(value['id']) !== undefined;
}

function writeLines(file: number, lines: Iterable<string>): void {
  let piece = '';
  for (const line of lines) {
    piece += `${line}\n`;
    if (piece.length < PIECE_CHARS) continue;
    writeAll(file, piece);
    piece = '';
  }
  writeAll(file, piece);
}

function writeAll(file: number, text: string): void {
  let rest = Buffer.from(text, 'utf8');
  while (rest.length > 0) rest = rest.subarray(writeSync(file, rest));
}
