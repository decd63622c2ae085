/** Keeps bulk imports moving while nobody asks, and calls back when one is done. It must not know what an import does. */
import type { Context } from './context.ts';
import { isObject, type JsonObject, listOf, memberOf, textOf } from './json.ts';
import { nextImportAt, runDueImports } from './state/imports.ts';
import type { ImportRow } from './state/rows.ts';

/** With a clock of its own the account may think that no time passes; it is asked again at least this often. */
const PATIENCE_MS = 1_000;
const CALLBACK_TIMEOUT_MS = 5_000;

export class ImportWorker {
  readonly #context: Context;
  readonly #settle: () => void;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(context: Context, settle: () => void) {
    this.#context = context;
    this.#settle = settle;
  }

  /** Runs what is due. Called before every look at the account, so that no answer is older than its clock. */
  run(): void {
    for (const row of runDueImports(this.#context)) if (row.callback) void callBack(row, row.callback);
    this.arm();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
  }

  /** Sets the timer for the next import that is due. */
  arm(): void {
    const next = nextImportAt(this.#context);
    clearTimeout(this.#timer);
    if (next === undefined || this.#isClosed) return;
    const delay = Math.min(PATIENCE_MS, Math.max(1, next - this.#context.now()));
    this.#timer = setTimeout(() => {
      this.run();
      this.#settle();
    }, delay);
    this.#timer.unref();
  }
}

/** The names of the members are not documented; these are ours. A callback that fails is not repeated. */
async function callBack(row: ImportRow, callback: JsonObject): Promise<void> {
  const url = localUrl(textOf(callback['url']) ?? '');
  if (!url) return;
  const isPost = callback['requestType'] === 'POST';
  const params = pairs(callback['params']);
  const isDetailed = callback['detailed_results'] === 'true' || callback['detailed_results'] === true;
  if (!isPost) for (const [name, value] of params) url.searchParams.append(name, value);
  const results = {
    batchId: row.batchId,
    success: row.success.length,
    failure: row.failure.length,
    errors: row.failure.map((email) => ({ email, message: 'Contact was not imported' })),
  };
  const body = JSON.stringify({ ...Object.fromEntries(params), ...(isDetailed ? results : {}) });
  const headers = {
    ...(isPost && { 'content-type': 'application/json' }),
    ...Object.fromEntries(pairs(callback['headers'])),
  };
  const signal = AbortSignal.timeout(CALLBACK_TIMEOUT_MS);
  await fetch(url, { method: isPost ? 'POST' : 'GET', headers, signal, ...(isPost && { body }) }).catch(
    () => {
      // Whoever asked to be called is not there: the vendor does not repeat callbacks either.
    },
  );
}

/** The simulated account talks to this machine only. */
function localUrl(text: string): URL | undefined {
  if (!URL.canParse(text)) return undefined;
  const url = new URL(text);
  return ['127.0.0.1', 'localhost', '[::1]'].includes(url.hostname) ? url : undefined;
}

function pairs(value: unknown): [string, string][] {
  return (listOf(value) ?? []).filter(isObject).flatMap((pair) => {
    const name = textOf(memberOf(pair, 'key')) ?? '';
    return name === '' ? [] : [[name, textOf(memberOf(pair, 'value')) ?? '']];
  });
}
