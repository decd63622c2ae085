/** Many contact updates as one import, and what became of it. It must not know when an import is worth it. */
import { z } from 'zod';
import type {
  AsyncBatchResponse,
  AsyncPollResponse,
  BatchTraits,
  ExecuteInput,
  PollPayload,
  RequestClient,
} from '../destination/definition.ts';
import { outcomeOfError } from '../destination/dispatch.ts';
import { OutcomeError } from '../destination/errors.ts';
import { MultiStatusResponse } from '../destination/multi-status.ts';
import { parseEmail } from '../event/email.ts';
import type { Outcome } from '../event/outcome.ts';
import { type Account, openAccount } from './account.ts';
import { requireEmail } from './address.ts';
import { type ContactValues, contactBody } from './contact-fields.ts';
import { type ContactBody, knownContact, unacknowledge } from './contacts.ts';
import { tagNames } from './metadata/tags.ts';
import type { ActiveCampaignSettings } from './settings.ts';
import { listIds } from './subscriptions.ts';

/** activecampaign-core §3: at most 250 contacts and less than 400,000 bytes; the vendor advises 10 or more, delivery 25. */
const MAX_REQUEST_BYTES = 399_999;
const ENVELOPE_BYTES = 200;
export type ImportPayload = ContactValues & {
  readonly tags?: readonly string[];
  readonly lists?: readonly string[];
};

/** Keys and punctuation of one contact, of one custom field around its value, and of one list, whose name may be shorter than its id. */
const CONTACT_BYTES = 200;
const FIELD_BYTES = 40;
const LIST_BYTES = 30;

export const BATCH: Omit<BatchTraits<ImportPayload>, 'accepts'> = {
  minItems: 25,
  maxItems: 250,
  maxBytes: MAX_REQUEST_BYTES - ENVELOPE_BYTES,
  bytes: (payload) =>
    Buffer.byteLength(JSON.stringify(payload)) +
    CONTACT_BYTES +
    FIELD_BYTES * Object.keys(payload.fields ?? {}).length +
    LIST_BYTES * (payload.lists ?? []).length,
};

interface ImportRow {
  readonly index: number;
  readonly contact: object;
}

/** One refusal costs a request: after so many, the rest is sent singly. */
const MAX_TRIES = 5;

/**
 * Hands the payloads over as one import. One bad contact refuses all: it is taken out, to be sent singly, and the rest is
 * handed over again, unless that is a single one: imports of one have a limit of their own, a fifth of the other.
 */
export async function importContacts(
  request: RequestClient,
  data: ExecuteInput<ActiveCampaignSettings, readonly ImportPayload[]>,
): Promise<AsyncBatchResponse> {
  const account = openAccount(request, data);
  const results = new MultiStatusResponse();
  const made = await Promise.all(data.payload.map((values, index) => rowOf(account, values, index)));
  let rows = made.filter((row) => row !== undefined);
  for (const index of data.payload.keys()) if (made[index] === undefined) singly(results, index);
  for (let tries = 0; tries < MAX_TRIES && rows.length > 1; tries += 1) {
    const answer = await post(account, rows);
    if (answer.batchId !== undefined)
      return { jobId: answer.batchId, status: 200, multiStatusResponse: results };
    for (const { index } of rows.filter((_, position) => answer.refused.has(position)))
      singly(results, index);
    rows = rows.filter((_, position) => !answer.refused.has(position));
  }
  for (const { index } of rows) singly(results, index);
  return { status: 200, multiStatusResponse: results };
}

/** Undefined for what is refused before it is sent, such as a list that does not exist: it must not keep the others back. */
async function rowOf(account: Account, values: ImportPayload, index: number): Promise<ImportRow | undefined> {
  try {
    return await importRow(account, values, index);
  } catch (error) {
    if (outcomeOfError(error, true).kind !== 'rejected') throw error;
    return undefined;
  }
}

async function importRow(account: Account, values: ImportPayload, index: number): Promise<ImportRow> {
  const email = requireEmail(values.email);
  const body = await contactBody(account, email, values);
  const known = await knownContact(account, email);
  if (known !== undefined) unacknowledge(account, known, 'sync');
  const lists = await listIds(account, values.lists ?? []);
  return {
    index,
    contact: { ...importContact(body, account.settings), ...memberships(values.tags ?? [], lists) },
  };
}

/** An import has names of its own for everything. */
function importContact(body: ContactBody, settings: ActiveCampaignSettings): object {
  return {
    email: body.email,
    ...(body.firstName === undefined ? {} : { first_name: body.firstName }),
    ...(body.lastName === undefined ? {} : { last_name: body.lastName }),
    ...(body.phone === undefined ? {} : { phone: body.phone }),
    ...(body.fieldValues === undefined
      ? {}
      : { fields: body.fieldValues.map(({ field, value }) => ({ id: Number(field), value })) }),
    ...(settings.exclude_automations === true ? { exclude_automations: true } : {}),
  };
}

/** The import makes tags that are missing, and subscribes nobody who left. */
function memberships(tags: readonly string[], lists: readonly string[]): object {
  return {
    ...(tags.length === 0 ? {} : { tags: tagNames(tags) }),
    ...(lists.length === 0 ? {} : { subscribe: lists.map((list) => ({ listid: Number(list) })) }),
  };
}

interface ImportAnswer {
  readonly batchId?: string;
  /** Positions of the rows that the import names as bad. */
  readonly refused: ReadonlySet<number>;
}

const takenSchema = z.object({ batchId: z.string().min(1) });
const refusedSchema = z.object({
  failureReasons: z.array(z.object({ contact: z.coerce.number().int() })).min(1),
});

async function post(account: Account, rows: readonly ImportRow[]): Promise<ImportAnswer> {
  const response = await account.api('/import/bulk_import', {
    method: 'POST',
    json: { contacts: rows.map(({ contact }) => contact) },
    expect: 'batchId',
    throwHttpErrors: false,
    budget: 'bulk',
    repeatable: true,
  });
  if (response.outcome.kind === 'delivered')
    return { batchId: takenSchema.parse(response.data).batchId, refused: new Set() };
  const refused = response.outcome.kind === 'rejected' ? refusedSchema.safeParse(response.data) : undefined;
  if (refused?.success !== true) throw new OutcomeError(response.outcome);
  // The vendor counts from 1 by its guide and does not say so in its reference: both readings are taken out, and the
  // good one of the two loses nothing but its place in the import.
  return { refused: new Set(refused.data.failureReasons.flatMap(({ contact }) => [contact - 1, contact])) };
}

function singly(results: MultiStatusResponse, index: number): void {
  const outcome: Outcome = {
    kind: 'retry',
    code: 'SEND_SINGLY',
    message: 'The import did not take this contact; it is sent by itself.',
  };
  results.setErrorResponseAtIndex(index, { status: 500, errormessage: outcome.message, outcome });
}

const infoSchema = z.object({
  status: z.union([z.string(), z.boolean()]),
  failure: z.array(z.unknown()).nullish(),
});
/** activecampaign-retail §5.6; `false` right after the hand-over. */
const UNDER_WAY: readonly (string | boolean)[] = ['waiting', 'claimed', 'active', false];

/** Asks for the state of an import. Addresses in `failure` are rejected; an import that ended otherwise is sent singly. */
export async function pollImport(
  request: RequestClient,
  data: ExecuteInput<ActiveCampaignSettings, PollPayload> & { readonly payloads: readonly ImportPayload[] },
): Promise<AsyncPollResponse> {
  const account = openAccount(request, data);
  const { jobId } = data.payload;
  const response = await account.api('/import/info', { searchParams: { batchId: jobId }, expect: 'status' });
  const { status, failure } = infoSchema.parse(response.data);
  if (UNDER_WAY.includes(status)) return { jobId, status: response.status, jobStatus: 'IN_PROGRESS' };
  const results = new MultiStatusResponse();
  const refused = new Set((failure ?? []).map(parseEmail));
  data.payloads.forEach((payload, index) => {
    if (status !== 'completed') singly(results, index);
    else if (refused.has(parseEmail(payload.email))) refuse(results, index);
    else results.setSuccessResponseAtIndex(index, { status: 200, sent: {}, body: {} });
  });
  return {
    jobId,
    status: response.status,
    jobStatus: status === 'completed' ? 'SUCCEEDED' : 'RETRYABLE_ERROR',
    multiStatusResponse: results,
  };
}

function refuse(results: MultiStatusResponse, index: number): void {
  const outcome: Outcome = {
    kind: 'rejected',
    code: 'REJECTED',
    message: 'The import refused this address.',
  };
  results.setErrorResponseAtIndex(index, { status: 400, errormessage: outcome.message, outcome });
}
