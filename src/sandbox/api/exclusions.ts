/** Addresses that are kept out of lists. Source: the vendor's OpenAPI file. */
import type { Context } from '../context.ts';
import { type Answer, jsonAnswer } from '../http/exchange.ts';
import { type JsonObject, listOf, memberOf, textOf } from '../json.ts';
import type { ExclusionRow } from '../state/rows.ts';
import { errors } from './errors.ts';
import { type ApiRequest, type ApiRoute, get, idOf, idText, put } from './operation.ts';
import { cut, pageOf } from './paging.ts';

export const exclusionRoutes: readonly ApiRoute[] = [
  get('/lists/exclusions', list),
  get('/lists/exclusions/{id}', read),
  put('/lists/exclusions/{id}', update),
];

const CHANNELS = new Set(['all', 'allSms', 'allEmail', 'several']);

function list(context: Context, request: ApiRequest): Answer {
  const problems = [...request.query].flatMap(([name, value]) => problemWith(name, value));
  if (problems.length > 0) return errors(422, ...problems);
  const phrase = request.query.get('filters[matchPhrase]') ?? '';
  const lists = request.query.getAll('filters[lists][]').map(Number);
  const rows = context.state.exclusions
    .all()
    .filter((row) => row.matchPhrase.includes(phrase) && lists.every((id) => row.lists.includes(id)));
  const page = cut(rows, pageOf(request.query));
  return jsonAnswer(200, { exclusions: page.map(exclusionBody), meta: { total: rows.length } });
}

function problemWith(name: string, value: string): JsonObject[] {
  const filter = /^filters\[(\w+)\]/.exec(name)?.[1];
  const order = /^orders\[(\w+)\]$/.exec(name)?.[1];
  if (filter !== undefined && filter !== 'matchPhrase' && filter !== 'lists') {
    return [
      invalidAttribute(`Invalid filter field: "${filter}". Allowed fields are: matchPhrase, lists`, name),
    ];
  }
  if (order !== undefined && value !== 'ASC' && value !== 'DESC') {
    return [invalidAttribute(`Invalid order direction: "${value}". Allowed values are: "ASC", "DESC"`, name)];
  }
  return [];
}

function read(context: Context, request: ApiRequest): Answer {
  const row = context.state.exclusions.get(idOf(request));
  return row
    ? jsonAnswer(200, exclusionBody(row))
    : jsonAnswer(404, { message: `Exclusion not found [id=${idText(request)}]` });
}

function update(context: Context, request: ApiRequest): Answer {
  const before = context.state.exclusions.get(idOf(request));
  if (!before)
    return jsonAnswer(404, { message: `No Result found for Exclusion with id ${idText(request)}` });
  const channel = textOf(memberOf(request.body, 'channel')) ?? before.channel;
  const sent = listOf(memberOf(request.body, 'lists'));
  const problems = [...listProblems(sent ?? []), ...channelProblems(channel, sent?.length ?? 0)];
  if (problems.length > 0) return errors(422, ...problems);
  const lists = channel === 'several' ? (sent?.map(Number) ?? before.lists) : [];
  const row: ExclusionRow = { ...before, channel, lists };
  context.state.exclusions.put(row);
  return jsonAnswer(200, exclusionBody(row));
}

function listProblems(lists: readonly unknown[]): JsonObject[] {
  return lists.flatMap((id, place) =>
    typeof id === 'string' && /^\d+$/.test(id)
      ? []
      : [invalidAttribute('Lists must be an array of string-quoted integers', `lists[${place}]`)],
  );
}

function channelProblems(channel: string, listCount: number): JsonObject[] {
  if (!CHANNELS.has(channel)) return [invalidAttribute('Invalid channel', 'channel')];
  if (channel !== 'several' && listCount > 0) {
    return [invalidAttribute(`List IDs must be empty for channel "${channel}"`, 'lists')];
  }
  return [];
}

function invalidAttribute(detail: string, attribute: string): JsonObject {
  return {
    status: 422,
    title: 'Invalid attribute',
    detail,
    source: { pointer: `/data/attributes/${attribute}` },
  };
}

function exclusionBody(row: ExclusionRow): JsonObject {
  return {
    id: String(row.id),
    matchPhrase: row.matchPhrase,
    matchType: row.matchType,
    channel: row.channel,
    hidden: false,
    lists: row.lists.map(String),
  };
}
