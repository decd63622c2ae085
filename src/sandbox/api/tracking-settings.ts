/** Switches and lists of event tracking and site tracking. Sources: the OpenAPI file, and for `prism` the vendor's later one. */
import type { Context } from '../context.ts';
import { type Answer, emptyAnswer, jsonAnswer, textAnswer } from '../http/exchange.ts';
import { flagOf, type JsonObject, memberOf, textOf } from '../json.ts';
import type { UrlWhitelistingRow } from '../state/rows.ts';
import { ACCOUNT_ID } from '../tracking.ts';
import { badRequest, invalid } from './errors.ts';
import { type ApiRequest, type ApiRoute, attribute, get, idOf, post, put, remove } from './operation.ts';
import { cut, pageOf } from './paging.ts';

const PRISM = 'listed in the vendor’s OpenAPI file of August 2026, which replaced siteTrackingDomains by it';

export const trackingSettingsRoutes: readonly ApiRoute[] = [
  get('/eventTracking', (context) =>
    jsonAnswer(200, { eventTracking: { enabled: context.settings().event_tracking_enabled } }),
  ),
  put('/eventTracking', switchEventTracking),
  get('/eventTrackingEvents', listEventNames),
  post('/eventTrackingEvents', addEventName),
  remove('/eventTrackingEvents/{eventName}', removeEventName),
  get('/siteTracking', (context) =>
    jsonAnswer(200, { siteTracking: { enabled: context.settings().site_tracking_enabled } }),
  ),
  put('/siteTracking', switchSiteTracking),
  get('/siteTracking/code', () => textAnswer(200, 'text/plain; charset=UTF-8', SNIPPET)),
  get('/siteTrackingDomains', listDomains),
  post('/siteTrackingDomains', addDomain),
  remove('/siteTrackingDomains/{name}', removeDomain),
  get('/prism/urlWhitelistings', listWhitelistings, PRISM),
  post('/prism/urlWhitelistings', addWhitelisting, PRISM),
  remove('/prism/urlWhitelistings/{domain_id}', removeWhitelisting, PRISM),
];

function enabledIn(request: ApiRequest, resource: string): boolean | undefined {
  return flagOf(memberOf(memberOf(request.body, resource), 'enabled'));
}

function switchEventTracking(context: Context, request: ApiRequest): Answer {
  const enabled = enabledIn(request, 'eventTracking');
  if (enabled === undefined) return badRequest();
  context.changeSettings({ event_tracking_enabled: enabled });
  return jsonAnswer(200, { eventTracking: { enabled } });
}

function switchSiteTracking(context: Context, request: ApiRequest): Answer {
  const enabled = enabledIn(request, 'siteTracking');
  if (enabled === undefined) return badRequest();
  context.changeSettings({ site_tracking_enabled: enabled });
  return jsonAnswer(200, { siteTracking: { enabled } });
}

/** The total is a number here. */
function listEventNames(context: Context, request: ApiRequest): Answer {
  const rows = context.state.eventNames.all();
  const page = cut(rows, pageOf(request.query));
  return jsonAnswer(200, {
    eventTrackingEvents: page.map(({ name }) => ({ name })),
    meta: { total: rows.length },
  });
}

function addEventName(context: Context, request: ApiRequest): Answer {
  const name = attribute(request, 'eventTrackingEvent', 'name') ?? '';
  if (name === '') return badRequest();
  const isKnown = context.state.eventNamesByName.count(name) > 0;
  if (isKnown && context.settings().duplicate_event_name === 'refuse') {
    return invalid('An event of this name already exists', 'duplicate', 'name');
  }
  if (!isKnown) context.state.eventNames.add((id) => ({ id, name }));
  return jsonAnswer(201, { eventTrackingEvent: { name } });
}

function removeEventName(context: Context, request: ApiRequest): Answer {
  const row = context.state.eventNamesByName.first(request.parameters['eventName'] ?? '');
  if (!row) return badRequest();
  context.state.eventNames.remove(row.id);
  return jsonAnswer(200, {});
}

/** The calls a site makes with the account's id; a stand-in for the vendor's loader, which is not copied here. */
const SNIPPET = `<script type="text/javascript" src="https://prism.app-us1.com/prism.js" async></script>
<script type="text/javascript">
  pgo('setAccount', '${ACCOUNT_ID}');
  pgo('setTrackByDefault', true);
  pgo('process');
</script>
`;

function listDomains(context: Context): Answer {
  const rows = context.state.siteDomains.all();
  return jsonAnswer(200, {
    siteTrackingDomains: rows.map(({ name }) => ({ name })),
    meta: { total: rows.length },
  });
}

function addDomain(context: Context, request: ApiRequest): Answer {
  const name = attribute(request, 'siteTrackingDomain', 'name') ?? '';
  if (name === '') return badRequest();
  const isKnown = context.state.siteDomains.all().some((row) => row.name === name);
  if (!isKnown) context.state.siteDomains.add((id) => ({ id, name }));
  return jsonAnswer(200, { siteTrackingDomain: { name } });
}

function removeDomain(context: Context, request: ApiRequest): Answer {
  const row = context.state.siteDomains.all().find(({ name }) => name === request.parameters['name']);
  if (row) context.state.siteDomains.remove(row.id);
  return emptyAnswer(204);
}

function listWhitelistings(context: Context): Answer {
  const number = (value: boolean): number => (value ? 1 : 0);
  return jsonAnswer(200, {
    data: context.state.urlWhitelistings.all().map((row) => whitelistingBody(row, number)),
  });
}

function addWhitelisting(context: Context, request: ApiRequest): Answer {
  const attributes = memberOf(memberOf(request.body, 'data'), 'attributes');
  const domain = textOf(memberOf(attributes, 'whitelisted_domain')) ?? '';
  const page = textOf(memberOf(attributes, 'whitelisted_page')) ?? '*';
  if (domain === '') return badRequest();
  const isKnown = context.state.urlWhitelistings
    .all()
    .some((row) => row.domain === domain && row.page === page);
  if (isKnown) return jsonAnswer(409, {});
  const row = context.state.urlWhitelistings.add((id) => ({
    id,
    domain,
    page,
    tracking: flagOf(memberOf(attributes, 'tracking_enabled')) ?? true,
    conversations: flagOf(memberOf(attributes, 'conversations_enabled')) ?? false,
    wordpress: flagOf(memberOf(attributes, 'wp_enabled')) ?? false,
  }));
  return jsonAnswer(201, { data: whitelistingBody(row, (value) => value) });
}

function removeWhitelisting(context: Context, request: ApiRequest): Answer {
  const id = idOf(request, 'domain_id');
  return id !== undefined && context.state.urlWhitelistings.remove(id)
    ? emptyAnswer(204)
    : jsonAnswer(404, {});
}

/** Flags are booleans in the answer to a POST and 0 or 1 when read. */
function whitelistingBody(row: UrlWhitelistingRow, flag: (value: boolean) => boolean | number): JsonObject {
  return {
    type: 'urlWhitelistings',
    id: String(row.id),
    attributes: {
      whitelisted_domain: row.domain,
      whitelisted_page: row.page,
      tracking_enabled: flag(row.tracking),
      conversations_enabled: flag(row.conversations),
      wp_enabled: flag(row.wordpress),
    },
  };
}
