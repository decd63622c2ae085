/** What most resources answer alike: a page of rows, one row by its id, its removal. It must not know any resource. */
import type { Context } from '../context.ts';
import { type Answer, jsonAnswer } from '../http/exchange.ts';
import type { JsonObject } from '../json.ts';
import type { Row, Table } from '../state/table.ts';
import { noResult } from './errors.ts';
import { type ApiRequest, idOf, idText, type Run } from './operation.ts';
import { cut, pageOf } from './paging.ts';

export interface Resource<R extends Row> {
  /** What a body calls one of them, `tag`. */
  readonly one: string;
  readonly rows: (state: Context['state']) => Table<R>;
  readonly body: (context: Context, row: R) => JsonObject;
  /** The answer to an id that the account does not have; the vendor's resources differ in it. */
  readonly absent: (request: ApiRequest) => Answer;
}

/** The usual `absent`, with the name that the vendor's messages have for the resource. */
export function absentAs(entity: string, status?: 403 | 404): (request: ApiRequest) => Answer {
  return (request) => noResult(entity, idText(request), status);
}

/** GET of one row. */
export function reading<R extends Row>({ one, rows, body, absent }: Resource<R>): Run {
  return (context, request) => {
    const row = rows(context.state).get(idOf(request));
    return row ? jsonAnswer(200, { [one]: body(context, row) }) : absent(request);
  };
}

/** DELETE of one row that nothing else hangs on. */
export function removing<R extends Row>({ rows, absent }: Resource<R>): Run {
  return (context, request) => {
    const id = idOf(request);
    return id !== undefined && rows(context.state).remove(id) ? jsonAnswer(200, {}) : absent(request);
  };
}

/** The page of the rows that was asked for, under their name, with the total in text as most lists have it. */
export function pageAnswer<R>(
  request: ApiRequest,
  many: string,
  rows: readonly R[],
  body: (row: R) => JsonObject,
): Answer {
  const page = cut(rows, pageOf(request.query));
  return jsonAnswer(200, { [many]: page.map(body), meta: { total: String(rows.length) } });
}
