/** Results of a batch, one for each payload, by index. It must not know who made or reads them. */
import type { JsonValue } from '../event/json.ts';
import type { Outcome } from '../event/outcome.ts';
import { codeOfStatus } from './errors.ts';

export interface SuccessEntry {
  readonly status: number;
  readonly sent: JsonValue | object;
  readonly body: JsonValue | object;
}

/** `outcome` is ours: what became of the item, where a status does not say it precisely. */
export interface ErrorEntry {
  readonly status: number;
  readonly errormessage: string;
  readonly errortype?: string;
  readonly errorreporter?: 'INTEGRATIONS' | 'DESTINATION';
  readonly sent?: JsonValue | object;
  readonly body?: JsonValue | object;
  readonly outcome?: Outcome;
}

export type MultiStatusEntry = SuccessEntry | ErrorEntry;

export function isErrorEntry(entry: MultiStatusEntry): entry is ErrorEntry {
  return 'errormessage' in entry;
}

export class MultiStatusResponse {
  readonly #entries: (MultiStatusEntry | undefined)[] = [];

  length(): number {
    return this.#entries.length;
  }

  pushSuccessResponse(entry: SuccessEntry): void {
    this.#entries.push(entry);
  }

  pushErrorResponse(entry: ErrorEntry): void {
    this.#entries.push(typed(entry));
  }

  pushResponseObject(entry: MultiStatusEntry): void {
    this.#entries.push(typed(entry));
  }

  setSuccessResponseAtIndex(index: number, entry: SuccessEntry): void {
    this.#set(index, entry);
  }

  setErrorResponseAtIndex(index: number, entry: ErrorEntry): void {
    this.#set(index, typed(entry));
  }

  pushResponseObjectAtIndex(index: number, entry: MultiStatusEntry): void {
    this.#set(index, typed(entry));
  }

  unsetResponseAtIndex(index: number): void {
    this.#set(index, undefined);
  }

  isSuccessResponseAtIndex(index: number): boolean {
    const entry = this.#entries[index];
    return entry !== undefined && !isErrorEntry(entry);
  }

  isErrorResponseAtIndex(index: number): boolean {
    const entry = this.#entries[index];
    return entry !== undefined && isErrorEntry(entry);
  }

  getResponseAtIndex(index: number): MultiStatusEntry | undefined {
    return this.#entries[index];
  }

  /** The entries that are set, in order of their index. */
  getAllResponses(): readonly MultiStatusEntry[] {
    return this.#entries.filter((entry) => entry !== undefined);
  }

  get successCount(): number {
    return this.getAllResponses().filter((entry) => !isErrorEntry(entry)).length;
  }

  get errorCount(): number {
    return this.getAllResponses().filter(isErrorEntry).length;
  }

  #set(index: number, entry: MultiStatusEntry | undefined): void {
    while (this.#entries.length <= index) this.#entries.push(undefined);
    this.#entries[index] = entry;
  }
}

function typed<T extends MultiStatusEntry>(entry: T): T {
  if (!isErrorEntry(entry) || entry.errortype !== undefined) return entry;
  return { ...entry, errortype: codeOfStatus(entry.status) };
}
