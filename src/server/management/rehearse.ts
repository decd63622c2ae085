/** Runs an action without sending anything, to show the requests that it would make. It must not know any vendor. */
import type { Clock } from '../../clock.ts';
import type { Cache } from '../../destination/cache.ts';
import type { CompiledDestination } from '../../destination/compile.ts';
import { dispatch } from '../../destination/dispatch.ts';
import { type Transport, TransportError } from '../../destination/transport.ts';
import type { JsonObject } from '../../event/json.ts';

export interface RehearsalEnvironment {
  readonly destination: CompiledDestination;
  /** Secrets in clear; no request shows them. */
  readonly settings: JsonObject;
  /** What is known of the account: ids come from here, since nobody is asked. */
  readonly cache: Cache;
  readonly clock: Clock;
  readonly allowedOrigins: readonly string[];
  readonly trackingUrl?: string;
}

/** A request as it would leave, secrets masked. */
export interface RehearsedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Rehearsal {
  /** In order, up to the first whose answer the action would need. */
  readonly requests: readonly RehearsedRequest[];
  /** Why there is none, or what is not shown. */
  readonly note?: string;
}

/** Answers nothing: an action goes as far as it can with what is known. */
const nobody: Transport = {
  send: () => Promise.reject(new TransportError('before-send', 'ABORTED', 'Nothing is sent in a rehearsal.')),
  close: () => Promise.resolve(),
};

/** The requests that this payload would make now. Never contacts the account. */
export async function rehearse(
  environment: RehearsalEnvironment,
  action: string,
  payload: JsonObject,
): Promise<Rehearsal> {
  const { outcomes, exchanges } = await dispatch({
    ...environment,
    transport: nobody,
    action,
    payloads: [payload],
  });
  const requests = exchanges.map(({ method, url, headers, body }) => ({
    method,
    url,
    headers,
    ...(body === undefined ? {} : { body }),
  }));
  const note = noteOn(requests, outcomes[0]);
  return { requests, ...(note === undefined ? {} : { note }) };
}

function noteOn(
  requests: readonly RehearsedRequest[],
  outcome: { readonly kind: string; readonly message?: string } | undefined,
): string | undefined {
  if (requests.at(-1)?.method === 'GET')
    return 'This asks the account for something that is not known yet; the rest depends on its answer.';
  if (requests.length > 0) return undefined;
  return outcome?.kind === 'delivered'
    ? 'Nothing would be sent: the account has confirmed the same already.'
    : outcome?.message;
}
