/** The error bodies of the REST API, which has no single envelope. It must not know when they are due. Source: the vendor's OpenAPI file unless said. */
import type { Answer } from '../http/exchange.ts';
import { jsonAnswer } from '../http/exchange.ts';
import type { JsonObject } from '../json.ts';

/** `entity` is the vendor's internal class name, which its messages show: Subscriber, SubscriberTag, _List … */
export function noResult(entity: string, id: string, status: 403 | 404 = 404): Answer {
  return jsonAnswer(status, { message: `No Result found for ${entity} with id ${id}` });
}

export function forbidden(message = 'Forbidden'): Answer {
  return jsonAnswer(403, { message });
}

/** Most 400 answers are documented as an empty object. */
export function badRequest(): Answer {
  return jsonAnswer(400, {});
}

export function errors(status: number, ...entries: readonly JsonObject[]): Answer {
  return jsonAnswer(status, { errors: entries });
}

/** The usual 422 entry. */
export function invalid(title: string, code: string, attribute: string, error?: string): Answer {
  const entry = { title, detail: '', code, ...(error === undefined ? {} : { error }) };
  return errors(422, { ...entry, source: { pointer: `/data/attributes/${attribute}` } });
}

export const duplicateAddress = (): Answer =>
  invalid('Email address already exists in the system', 'duplicate', 'email');

/** Observed in client code and a mock; the status 422 is observed once and inferred otherwise. */
export const badAddress = (): Answer =>
  invalid('Contact Email Address is not valid.', 'email_invalid', 'email', 'must_be_valid_email_address');

export function relatedMissing(related: 'contact' | 'list'): Answer {
  return invalid(
    `The related ${related} does not exist.`,
    'related_missing',
    related,
    `${related}_not_exist`,
  );
}

/** The newer endpoints name the status in each entry. */
export function titled(status: number, title: string, detail: string): Answer {
  return errors(status, { status, title, detail });
}

export function missingAttribute(name: string): Answer {
  return errors(422, {
    status: 422,
    title: 'Missing attribute',
    source: { pointer: `/data/attributes/${name}` },
  });
}
