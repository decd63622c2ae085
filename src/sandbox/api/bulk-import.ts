/** Bulk import: checked as a whole, queued, and told about while it runs. Sources: the OpenAPI file and the vendor's guide to it. */
import { randomUUID } from 'node:crypto';
import type { Context } from '../context.ts';
import { type Answer, jsonAnswer } from '../http/exchange.ts';
import { flagOf, isObject, type Json, type JsonObject, listOf, memberOf, textOf } from '../json.ts';
import type { Limits } from '../limits.ts';
import type { ImportRow } from '../state/rows.ts';
import { type ApiRequest, type ApiRoute, get, post } from './operation.ts';

const MAX_CONTACTS = 250;
/** The payload must stay below this. */
const MAX_BYTES = 400_000;

export function bulkImportRoutes(limits: Limits): readonly ApiRoute[] {
  return [
    post('/import/bulk_import', (context, request) => queue(context, request, limits)),
    get('/import/bulk_import', overview),
    get('/import/info', info),
  ];
}

function queue(context: Context, request: ApiRequest, limits: Limits): Answer {
  const contacts = listOf(memberOf(request.body, 'contacts')) ?? [];
  const settings = context.settings();
  const isSingle = contacts.length === 1;
  if (!limits.takeImport(settings, isSingle, context.now())) {
    return tooMany(isSingle ? settings.bulk_single_requests_per_minute : settings.bulk_requests_per_minute);
  }
  const base = Number(settings.bulk_failure_index_base);
  const reasons = [
    ...sizeProblems(contacts, request),
    ...contactProblems(contacts, base),
    ...callbackProblems(request),
  ];
  if (reasons.length > 0) return refused(reasons);
  const at = context.now();
  const row = context.state.imports.add((id) => ({
    id,
    batchId: randomUUID(),
    queuedAt: at,
    dueAt: at + settings.bulk_import_ms / settings.speed,
    contacts: contacts.filter(isObject).map(plain),
    count: contacts.length,
    excludeAutomations: flagOf(memberOf(request.body, 'exclude_automations')) ?? false,
    callback: callbackOf(request),
    done: false,
    success: [],
    failure: [],
  }));
  return jsonAnswer(200, {
    Success: 1,
    queued_contacts: contacts.length,
    batchId: row.batchId,
    message: 'Contact import queued',
  });
}

/** The rate is told as a 400, with this very text. */
function tooMany(limit: number): Answer {
  return jsonAnswer(400, {
    success: 0,
    message: 'Rate limit exceeded.',
    failureReasons: [
      `Up to ${limit} imports may be requested per minute.Please batch contacts into larger requests, or retry this request in a minute.`,
    ],
  });
}

function refused(failureReasons: readonly Json[]): Answer {
  const message =
    'JSON payload did not pass validation. Please fix failure Reasons and retry. The import was not queued for processing.';
  return jsonAnswer(400, { success: 0, message, failureReasons });
}

/** The limits are documented, the texts are ours. */
function sizeProblems(contacts: readonly unknown[], request: ApiRequest): Json[] {
  if (contacts.length === 0) return ["Field 'contacts' must hold at least one contact"];
  if (contacts.length > MAX_CONTACTS)
    return [`Up to ${MAX_CONTACTS} contacts may be included in a single request`];
  return request.bodyBytes >= MAX_BYTES ? [`The payload must be under ${MAX_BYTES} bytes`] : [];
}

/** What is no address at all refuses the batch; what is merely undeliverable fails later, by itself. */
function contactProblems(contacts: readonly unknown[], base: number): JsonObject[] {
  return contacts.flatMap((contact, place) => {
    const email = textOf(memberOf(contact, 'email')) ?? '';
    if (email === '') return [{ contact: place + base, failureReason: "Field 'email' is required" }];
    return /^[^\s@]+@[^\s@]+$/.test(email)
      ? []
      : [{ contact: place + base, failureReason: "Field 'email' incorrect format" }];
  });
}

function callbackProblems(request: ApiRequest): Json[] {
  const callback = memberOf(request.body, 'callback');
  if (callback === undefined || callback === null) return [];
  const type = textOf(memberOf(callback, 'requestType'));
  const isWhole = textOf(memberOf(callback, 'url')) !== undefined && (type === 'GET' || type === 'POST');
  return isWhole ? [] : ["Field 'callback' needs a url and a requestType of GET or POST"];
}

function callbackOf(request: ApiRequest): JsonObject | null {
  const callback = memberOf(request.body, 'callback');
  return isObject(callback) ? plain(callback) : null;
}

function info(context: Context, request: ApiRequest): Answer {
  const batchId = request.query.get('batchId');
  if (!batchId) return jsonAnswer(400, { success: 0, message: "'batchId' is a required field." });
  const row = context.state.importsByBatch.first(batchId);
  return jsonAnswer(200, {
    status: row ? statusOf(row, context.now()) : false,
    success: row?.success ?? [],
    failure: row?.failure ?? [],
  });
}

/** The words are documented, `false` first among them; how long each lasts is not, so they share the duration. */
function statusOf(row: ImportRow, nowMs: number): Json {
  if (row.done) return 'completed';
  const share = (nowMs - row.queuedAt) / (row.dueAt - row.queuedAt);
  if (share < 0.1) return false;
  if (share < 0.3) return 'waiting';
  return share < 0.5 ? 'claimed' : 'active';
}

function overview(context: Context): Answer {
  const rows = context.state.imports.all();
  return jsonAnswer(200, {
    outstanding: byDate(
      context,
      rows.filter((row) => !row.done),
    ),
    recentlyCompleted: byDate(
      context,
      rows.filter((row) => row.done),
    ),
  });
}

function byDate(context: Context, rows: readonly ImportRow[]): JsonObject[] {
  const dateOf = (row: ImportRow): string => context.dates().local(row.queuedAt).slice(0, 10);
  const dates = [...new Set(rows.map(dateOf))];
  return dates.map((forDate) => {
    const imports = rows.filter((row) => dateOf(row) === forDate);
    const contacts = imports.reduce((sum, row) => sum + row.count, 0);
    return { forDate, batches: String(imports.length), contacts: String(contacts) };
  });
}

/** What came as JSON is plain JSON. */
function plain(value: { readonly [key: string]: unknown }): JsonObject {
  return JSON.parse(JSON.stringify(value));
}
