/** Pipelines of deals (`dealGroups`) and their stages. Sources: the OpenAPI file and recorded exchanges. */
import type { Context } from '../context.ts';
import { type Answer, jsonAnswer } from '../http/exchange.ts';
import type { JsonObject } from '../json.ts';
import type { DealGroupRow, DealStageRow } from '../state/rows.ts';
import { linksBelow } from './contact-body.ts';
import { badRequest, noResult } from './errors.ts';
import {
  type ApiRequest,
  type ApiRoute,
  attribute,
  get,
  idAttribute,
  idOf,
  idText,
  patch,
  post,
  put,
  remove,
} from './operation.ts';
import { cut, pageOf } from './paging.ts';
import { absentAs, type Resource, reading } from './resource.ts';

const STAGE: Resource<DealStageRow> = {
  one: 'dealStage',
  rows: (state) => state.dealStages,
  body: stageBody,
  absent: absentAs('DealStage'),
};

export const pipelineRoutes: readonly ApiRoute[] = [
  get('/dealGroups', listGroups),
  post('/dealGroups', createGroup),
  get('/dealGroups/{id}', readGroup),
  put('/dealGroups/{id}', updateGroup),
  patch('/dealGroups/{id}', updateGroup),
  remove('/dealGroups/{id}', destroyGroup),
  get('/dealStages', listStages),
  post('/dealStages', createStage),
  get('/dealStages/{id}', reading(STAGE)),
  put('/dealStages/{id}', updateStage),
  patch('/dealStages/{id}', updateStage),
  remove('/dealStages/{id}', destroyStage),
];

/** The stages every new pipeline comes with, as recorded. */
const FIRST_STAGES = [
  { title: 'To Contact', color: '19CCA3' },
  { title: 'In Contact', color: '5487FF' },
  { title: 'Follow Up', color: 'FBD965' },
];
const STAGE_WIDTH = 280;

function listGroups(context: Context, request: ApiRequest): Answer {
  const title = request.query.get('filters[title]')?.toLowerCase();
  const rows = context.state.dealGroups
    .all()
    .filter((row) => title === undefined || row.title.toLowerCase().includes(title));
  const page = cut(rows, pageOf(request.query));
  return jsonAnswer(200, {
    dealGroups: page.map((row) => ({ ...groupBody(context, row), stages: stageIds(context, row) })),
    dealStages: page.flatMap((row) => stagesOf(context, row)),
    meta: { total: String(rows.length) },
  });
}

function createGroup(context: Context, request: ApiRequest): Answer {
  const title = attribute(request, 'dealGroup', 'title') ?? '';
  if (title === '') return badRequest();
  const at = context.now();
  const row = context.state.dealGroups.add((id) => ({
    id,
    title,
    currency: attribute(request, 'dealGroup', 'currency') ?? 'usd',
    autoassign: idAttribute(request, 'dealGroup', 'autoassign') ?? 0,
    allusers: idAttribute(request, 'dealGroup', 'allusers') ?? 0,
    allgroups: idAttribute(request, 'dealGroup', 'allgroups') ?? 1,
    createdAt: at,
    updatedAt: at,
  }));
  for (const [place, stage] of FIRST_STAGES.entries()) {
    const own = {
      group: row.id,
      ...stage,
      order: place + 1,
      width: STAGE_WIDTH,
      createdAt: null,
      updatedAt: null,
    };
    context.state.dealStages.add((id) => ({ id, ...own }));
  }
  const {
    allusers: _users,
    allgroups: _groups,
    win_probability_initialize_date: _date,
    ...body
  } = groupBody(context, row);
  return jsonAnswer(201, {
    dealStages: stagesOf(context, row),
    dealGroup: { ...body, stages: stageIds(context, row) },
  });
}

function readGroup(context: Context, request: ApiRequest): Answer {
  const row = context.state.dealGroups.get(idOf(request));
  if (!row) return noResult('DealGroup', idText(request));
  return jsonAnswer(200, {
    dealStages: stagesOf(context, row),
    dealGroup: { ...groupBody(context, row), stages: stageIds(context, row) },
  });
}

function updateGroup(context: Context, request: ApiRequest): Answer {
  const before = context.state.dealGroups.get(idOf(request));
  if (!before) return noResult('DealGroup', idText(request));
  const row: DealGroupRow = {
    ...before,
    title: attribute(request, 'dealGroup', 'title') ?? before.title,
    currency: attribute(request, 'dealGroup', 'currency') ?? before.currency,
    autoassign: idAttribute(request, 'dealGroup', 'autoassign') ?? before.autoassign,
    allusers: idAttribute(request, 'dealGroup', 'allusers') ?? before.allusers,
    allgroups: idAttribute(request, 'dealGroup', 'allgroups') ?? before.allgroups,
    updatedAt: context.now(),
  };
  context.state.dealGroups.put(row);
  return jsonAnswer(200, { dealGroup: groupBody(context, row) });
}

function destroyGroup(context: Context, request: ApiRequest): Answer {
  const id = idOf(request);
  if (id === undefined || !context.state.dealGroups.remove(id)) return noResult('DealGroup', idText(request));
  for (const stage of context.state.stagesByGroup.find(id)) context.state.dealStages.remove(stage.id);
  return jsonAnswer(200, {});
}

function listStages(context: Context, request: ApiRequest): Answer {
  const group = request.query.get('filters[d_groupid]');
  const rows = context.state.dealStages.all().filter((row) => group === null || row.group === Number(group));
  const page = cut(rows, pageOf(request.query));
  return jsonAnswer(200, {
    dealStages: page.map((row) => stageBody(context, row)),
    meta: { total: rows.length },
  });
}

function createStage(context: Context, request: ApiRequest): Answer {
  const title = attribute(request, 'dealStage', 'title') ?? '';
  const group = context.state.dealGroups.get(idAttribute(request, 'dealStage', 'group'));
  if (title === '' || !group) return badRequest();
  const at = context.now();
  const places = context.state.stagesByGroup.find(group.id).map((row) => row.order);
  const row = context.state.dealStages.add((id) => ({
    id,
    title,
    group: group.id,
    color: attribute(request, 'dealStage', 'color') ?? '3f3f3f',
    order: idAttribute(request, 'dealStage', 'order') ?? Math.max(0, ...places) + 1,
    width: idAttribute(request, 'dealStage', 'width') ?? STAGE_WIDTH,
    createdAt: at,
    updatedAt: at,
  }));
  const dealStage = { ...stageBody(context, row), width: row.width, order: row.order };
  return jsonAnswer(201, { dealGroups: [groupBody(context, group)], dealStage });
}

function updateStage(context: Context, request: ApiRequest): Answer {
  const before = context.state.dealStages.get(idOf(request));
  if (!before) return noResult('DealStage', idText(request));
  const row: DealStageRow = {
    ...before,
    title: attribute(request, 'dealStage', 'title') ?? before.title,
    color: attribute(request, 'dealStage', 'color') ?? before.color,
    order: idAttribute(request, 'dealStage', 'order') ?? before.order,
    width: idAttribute(request, 'dealStage', 'width') ?? before.width,
    updatedAt: context.now(),
  };
  context.state.dealStages.put(row);
  return jsonAnswer(200, { dealStage: { ...stageBody(context, row), width: row.width, order: row.order } });
}

/** Removing a stage dates its pipeline and the stages that stay, as recorded. */
function destroyStage(context: Context, request: ApiRequest): Answer {
  const { state } = context;
  const row = state.dealStages.get(idOf(request));
  if (!row) return noResult('DealStage', idText(request));
  state.dealStages.remove(row.id);
  const updatedAt = context.now();
  for (const stage of state.stagesByGroup.find(row.group)) state.dealStages.put({ ...stage, updatedAt });
  const group = state.dealGroups.get(row.group);
  if (group) state.dealGroups.put({ ...group, updatedAt });
  return jsonAnswer(200, {});
}

function groupBody(context: Context, row: DealGroupRow) {
  const dates = context.dates();
  return {
    title: row.title,
    currency: row.currency,
    autoassign: String(row.autoassign),
    allusers: String(row.allusers),
    allgroups: String(row.allgroups),
    win_probability_initialize_date: null,
    cdate: dates.iso(row.createdAt),
    udate: dates.iso(row.updatedAt),
    source: '',
    links: linksBelow(context, `/dealGroups/${row.id}`, [
      'stages',
      'dealGroupUsers',
      'dealGroupGroups',
      'winProbabilityFeatures',
    ]),
    id: String(row.id),
  };
}

export function stageBody(context: Context, row: DealStageRow): JsonObject {
  const date = (at: number | null): string | null => (at === null ? null : context.dates().iso(at));
  return {
    group: String(row.group),
    title: row.title,
    color: row.color,
    order: String(row.order),
    width: String(row.width),
    dealOrder: 'next-action DESC',
    cardRegion1: 'title',
    cardRegion2: 'next-action',
    cardRegion3: 'show-avatar',
    cardRegion4: 'contact-fullname-acctname',
    cardRegion5: 'value',
    cdate: date(row.createdAt),
    udate: date(row.updatedAt),
    links: linksBelow(context, `/dealStages/${row.id}`, ['group']),
    id: String(row.id),
  };
}

function stagesOf(context: Context, group: DealGroupRow): JsonObject[] {
  return context.state.stagesByGroup.find(group.id).map((row) => stageBody(context, row));
}

function stageIds({ state }: Context, group: DealGroupRow): string[] {
  return state.stagesByGroup.find(group.id).map((row) => String(row.id));
}
