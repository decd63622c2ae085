/** Runs actions without sending anything, to show the requests that they would make. It must not know any vendor. */
import type { Clock } from '../../clock.ts';
import { type Cache, forkCache } from '../../destination/cache.ts';
import type { CompiledDestination } from '../../destination/compile.ts';
import { dispatch } from '../../destination/dispatch.ts';
import { type Transport, TransportError } from '../../destination/transport.ts';
import type { JsonObject } from '../../event/json.ts';
import { Placeholders } from './placeholders.ts';

export interface RehearsalEnvironment {
  readonly destination: CompiledDestination;
  /** Secrets in clear; no request shows them. */
  readonly settings: JsonObject;
  /** What is known of the account. It is only read: what a rehearsal seems to learn stays in the rehearsal. */
  readonly cache: Cache;
  readonly clock: Clock;
  readonly allowedOrigins: readonly string[];
  readonly trackingUrl?: string;
}

/** A request as it would leave, secrets masked; ids that only an answer could give are words in ‹ ›. */
export interface RehearsedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Rehearsal {
  /** In order, up to the first whose answer nobody can imagine. */
  readonly requests: readonly RehearsedRequest[];
  /** Why there is none, or what is not shown. */
  readonly note?: string;
}

/** The actions of one event, one after the other: each knows what those before it would have brought about. */
export interface Rehearser {
  rehearse(action: string, payload: JsonObject): Promise<Rehearsal>;
}

/** Never contacts the account. */
export function createRehearser(environment: RehearsalEnvironment): Rehearser {
  const placeholders = new Placeholders();
  const cache = forkCache(environment.cache);
  return {
    async rehearse(action, payload) {
      const stage = imaginedVendor(environment, action, payload, placeholders);
      const { outcomes, exchanges, warnings } = await dispatch({
        ...environment,
        cache,
        transport: stage.transport,
        action,
        payloads: [payload],
      });
      const requests = exchanges.map(({ method, url, headers, body }) => ({
        method,
        url: placeholders.inText(url),
        headers,
        ...(body === undefined ? {} : { body: placeholders.inBody(body) }),
      }));
      const notes = [...warnings, ...notesOn(requests, outcomes[0], stage.wentSilent())];
      return { requests, ...(notes.length === 0 ? {} : { note: notes.join(' ') }) };
    },
  };
}

/** Answers as the destination imagines its vendor; where it cannot, the action goes no further. */
function imaginedVendor(
  { destination, settings }: RehearsalEnvironment,
  action: string,
  payload: JsonObject,
  placeholders: Placeholders,
): { readonly transport: Transport; wentSilent(): boolean } {
  let isSilent = false;
  const idOf = (words: string): string => placeholders.idOf(words);
  const send: Transport['send'] = async ({ method, url }) => {
    const answer = destination.definition.imagine?.({ method, url, action, payload, settings, idOf });
    if (answer === undefined) {
      isSilent = true;
      throw new TransportError('before-send', 'ABORTED', 'Nothing is sent in a rehearsal.');
    }
    return {
      status: answer.status,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(answer.body),
    };
  };
  return { transport: { send, close: async () => {} }, wentSilent: () => isSilent };
}

function notesOn(
  requests: readonly RehearsedRequest[],
  outcome: { readonly kind: string; readonly message?: string } | undefined,
  wentSilent: boolean,
): readonly string[] {
  if (wentSilent) return ['What follows depends on the answer to the last request.'];
  if (outcome?.kind !== 'delivered') return outcome?.message === undefined ? [] : [outcome.message];
  if (requests.length === 0) return ['Nothing would be sent: the account has confirmed the same already.'];
  return requests.some(({ method }) => method === 'GET')
    ? ['What is asked is not known yet; the answers are assumed, and the rest depends on them.']
    : [];
}
