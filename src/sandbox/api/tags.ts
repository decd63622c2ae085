/** Tags and which contacts carry them. Sources: the OpenAPI file and exchanges recorded in May 2026. */
import type { Context } from '../context.ts';
import { type Answer, jsonAnswer } from '../http/exchange.ts';
import type { JsonObject } from '../json.ts';
import { addContactTag, createTag, removeContactTag } from '../state/memberships.ts';
import type { TagRow } from '../state/rows.ts';
import { contactBody, linksBelow } from './contact-body.ts';
import { errors, missingAttribute, noResult, titled } from './errors.ts';
import {
  type ApiRequest,
  type ApiRoute,
  attribute,
  get,
  hasAttribute,
  idAttribute,
  idOf,
  idText,
  patch,
  post,
  put,
  remove,
} from './operation.ts';
import { orderByName, passesNameFilters } from './paging.ts';
import { contactTagBody } from './related-bodies.ts';
import { absentAs, pageAnswer, type Resource, reading } from './resource.ts';

const TAG: Resource<TagRow> = {
  one: 'tag',
  rows: (state) => state.tags,
  body: tagBody,
  absent: absentAs('Tag'),
};

export const tagRoutes: readonly ApiRoute[] = [
  get('/tags', list),
  post('/tags', create),
  get('/tags/{id}', reading(TAG)),
  put('/tags/{id}', update),
  patch('/tags/{id}', update),
  remove('/tags/{id}', destroy),
  post('/contactTags', tagContact),
  remove('/contactTags/{id}', untagContact),
];

function list(context: Context, request: ApiRequest): Answer {
  const { query } = request;
  const search = query.get('search')?.toLowerCase();
  const found = context.state.tags
    .all()
    .filter(
      (row) =>
        (search === undefined || row.tag.toLowerCase().includes(search)) &&
        passesNameFilters(query, 'search', row.tag),
    );
  const rows = orderByName(
    query,
    'search',
    search ?? query.get('filters[search]') ?? undefined,
    found,
    (row) => row.tag,
  );
  return pageAnswer(request, 'tags', rows, (row) => tagBody(context, row));
}

function create(context: Context, request: ApiRequest): Answer {
  const name = attribute(request, 'tag', 'tag') ?? '';
  if (name === '') return missingAttribute('tag');
  if (context.state.tagsByName.first(name.toLowerCase())) return tagExists(context);
  const type = attribute(request, 'tag', 'tagType') ?? 'contact';
  const row = createTag(context, name, type, attribute(request, 'tag', 'description') ?? '');
  return jsonAnswer(201, { tag: newTagBody(context, row) });
}

/** That a tag of the same name in any case is refused is observed; status and text are not, so the text is ours. */
function tagExists(context: Context): Answer {
  const pointer = { pointer: '/data/attributes/tag' };
  const entry = {
    title: 'A tag of this name already exists',
    detail: '',
    code: 'duplicate',
    source: pointer,
  };
  return errors(Number(context.settings().duplicate_tag_status), entry);
}

function update(context: Context, request: ApiRequest): Answer {
  const before = context.state.tags.get(idOf(request));
  if (!before) return noResult('Tag', idText(request));
  const tag = attribute(request, 'tag', 'tag') ?? before.tag;
  const other = context.state.tagsByName.first(tag.toLowerCase());
  if (other && other.id !== before.id) return tagExists(context);
  const row: TagRow = {
    ...before,
    tag,
    tagType: attribute(request, 'tag', 'tagType') ?? before.tagType,
    description: attribute(request, 'tag', 'description') ?? before.description,
    updatedAt: context.now(),
  };
  context.state.tags.put(row);
  return jsonAnswer(200, { tag: tagBody(context, row) });
}

function destroy(context: Context, request: ApiRequest): Answer {
  const row = context.state.tags.get(idOf(request));
  if (!row) return noResult('Tag', idText(request));
  for (const owned of context.state.contactTagsByTag.find(row.id)) context.state.contactTags.remove(owned.id);
  context.state.tags.remove(row.id);
  return jsonAnswer(200, {});
}

/** 201 with the contact for a new tag, 200 with the row that was there for one it has. A tag's name is refused. */
function tagContact(context: Context, request: ApiRequest): Answer {
  if (!hasAttribute(request, 'contactTag', 'contact')) return missingAttribute('contact');
  if (!hasAttribute(request, 'contactTag', 'tag')) return missingAttribute('tag');
  const contact = context.state.contacts.get(idAttribute(request, 'contactTag', 'contact'));
  if (!contact) return titled(404, 'Not Found', 'Contact not found');
  const id = idAttribute(request, 'contactTag', 'tag');
  if (id === undefined) return titled(422, 'Unprocessable Entity', 'No tag id provided');
  const tag = context.state.tags.get(id);
  if (!tag) return titled(404, 'Not Found', 'Tag not found');
  const { row, isNew } = addContactTag(context, contact.id, tag);
  if (!isNew) return jsonAnswer(200, { contactTag: contactTagBody(context, row) });
  const touched = context.state.contacts.get(contact.id) ?? contact;
  return jsonAnswer(201, {
    contacts: [contactBody(context, touched)],
    contactTag: contactTagBody(context, row),
  });
}

function untagContact(context: Context, request: ApiRequest): Answer {
  const row = context.state.contactTags.get(idOf(request));
  if (!row) return noResult('SubscriberTag', idText(request));
  removeContactTag(context, row);
  return jsonAnswer(200, {});
}

export function tagBody(context: Context, row: TagRow): JsonObject {
  const dates = context.dates();
  return {
    tagType: row.tagType,
    tag: row.tag,
    description: row.description,
    subscriber_count: String(context.state.contactTagsByTag.count(row.id)),
    cdate: dates.iso(row.createdAt),
    created_timestamp: dates.local(row.createdAt),
    updated_timestamp: dates.local(row.updatedAt),
    created_by: null,
    updated_by: null,
    deleted: '0',
    links: tagLinks(context, row),
    id: String(row.id),
  };
}

function newTagBody(context: Context, row: TagRow): JsonObject {
  return {
    tag: row.tag,
    description: row.description,
    tagType: row.tagType,
    cdate: context.dates().iso(row.createdAt),
    links: tagLinks(context, row),
    id: String(row.id),
  };
}

function tagLinks(context: Context, row: TagRow): JsonObject {
  return linksBelow(context, `/tags/${row.id}`, ['contactGoalTags', 'templateTags']);
}
