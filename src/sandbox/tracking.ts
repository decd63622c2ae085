/** The tracking host's one endpoint, `POST /event`: form data in, success told in the body. It must not know the REST API. */
import type { Context } from './context.ts';
import { type Answer, type Call, emptyAnswer, headerOf, jsonAnswer } from './http/exchange.ts';
import { memberOf, parseJson, textOf } from './json.ts';
import { type Limits, retryAfter } from './limits.ts';
import { recordEvent } from './state/events.ts';

export const TRACKING_PATH = '/event';
export const ACCOUNT_ID = '1000001';
export const EVENT_KEY = 'sandbox-event-key';

export async function trackingAnswer(context: Context, limits: Limits, call: Call): Promise<Answer> {
  const settings = context.settings();
  if (!limits.takeTracking(settings, context.now())) return emptyAnswer(429, retryAfter(settings));
  const fields = await fieldsOf(call);
  const problem = problemWith(fields);
  if (problem !== undefined)
    return jsonAnswer(Number(settings.tracking_failure_status), { success: 0, message: problem });
  // Success says that the event was heard, not that it was kept: that depends on switches and on the address.
  recordEvent(
    context,
    addressOf(fields.get('visit')),
    fields.get('event') ?? '',
    fields.get('eventdata') ?? '',
  );
  return jsonAnswer(200, { success: 1, message: 'Event spawned' });
}

/** Only the text about the account id is recorded; the others are ours. */
function problemWith(fields: ReadonlyMap<string, string>): string | undefined {
  if (!fields.get('actid')) return 'An account ID must be provided.';
  if (fields.get('actid') !== ACCOUNT_ID || fields.get('key') !== EVENT_KEY)
    return 'The account ID and the event key do not match.';
  if (!fields.get('event')) return 'An event name must be provided.';
  return undefined;
}

/** `visit` is JSON text; any other shape has no address, which is not an error. */
function addressOf(visit: string | undefined): string | undefined {
  return visit === undefined ? undefined : textOf(memberOf(parseJson(visit)?.value, 'email'));
}

/** Form fields, url-encoded or multipart, and the query's below them. JSON is not read, so it has no fields. */
async function fieldsOf(call: Call): Promise<ReadonlyMap<string, string>> {
  const type = headerOf(call, 'content-type') ?? '';
  const fields = new Map(call.query);
  const isForm = type.startsWith('application/x-www-form-urlencoded');
  if (isForm) for (const [name, value] of new URLSearchParams(call.body)) fields.set(name, value);
  if (type.startsWith('multipart/form-data'))
    for (const [name, value] of await multipart(type, call.body)) fields.set(name, value);
  return fields;
}

async function multipart(type: string, body: string): Promise<[string, string][]> {
  try {
    const form = await new Response(body, { headers: { 'content-type': type } }).formData();
    return [...form].flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : []));
  } catch {
    // A body that is no multipart after all has no fields; the endpoint then says what is missing.
    return [];
  }
}
