/** Routes of the catalog: what can be installed, and installing it. It must not know how any of it is stored. */

import type { JsonObject } from '../../../event/json.ts';
import { listSchema, ref } from '../answer-schemas.ts';
import { bodyOf, validationFailed } from '../http/body.ts';
import { PAGING } from '../http/query.ts';
import { NO_QUERY, type Route, route, routeCheckedByOperation, routeWithBody } from '../http/route.ts';
import { install, installBody } from '../install.ts';
import { findVendor } from '../lookup.ts';
import { listOf, pageOf } from '../paging.ts';
import type { Ports } from '../ports.ts';
import { readSettings } from '../settings.ts';
import { integrationView, revisionView, templateView } from '../views.ts';

const KEY = { key: "The vendor's key in the catalog." };

const connectionBody = bodyOf<{ readonly config: JsonObject }>({
  type: 'object',
  additionalProperties: false,
  required: ['config'],
  properties: { config: { type: 'object', description: 'The same as for install.' } },
});

export function catalogRoutes(ports: Ports): readonly Route[] {
  return [
    route({
      method: 'GET',
      path: '/integration-catalog',
      tag: 'Catalog',
      summary: 'List the vendors that can be installed',
      query: PAGING,
      success: { status: 200, description: 'A page of vendors.', schema: listSchema('CatalogVendor') },
      failures: [400],
      handle: async ({ query }) => {
        const rows = [...ports.vendors.values()].map(({ catalog }) => ({ id: catalog.key, catalog }));
        return listOf(pageOf(rows, query.limit, query.cursor), ({ catalog }) => catalog);
      },
    }),
    route({
      method: 'GET',
      path: '/integration-catalog/{key}',
      tag: 'Catalog',
      summary: 'Show one vendor: its settings and variants',
      params: KEY,
      query: NO_QUERY,
      success: { status: 200, description: 'The vendor.', schema: ref('CatalogVendor') },
      failures: [404],
      handle: async ({ params }) => findVendor(ports.vendors, params['key'] ?? '').catalog,
    }),
    routeCheckedByOperation({
      method: 'POST',
      path: '/integration-catalog/{key}/install',
      tag: 'Catalog',
      summary: 'Install a vendor',
      description:
        'Makes a template with its first revision and attaches it to a pipeline. Everything is checked first and nothing is stored on any error. The account is not contacted.',
      params: KEY,
      query: NO_QUERY,
      bodySchema: installBody.schema,
      success: { status: 201, description: 'What was made.', schema: ref('Installed') },
      failures: [400, 404, 409, 413, 422],
      handle: async ({ params, body, actor }) => {
        const { template, revision, integration } = await install(ports, params['key'] ?? '', body, actor);
        return {
          template: templateView(template),
          revision: revisionView(revision),
          pipeline_integration: integrationView(integration, template, [revision]),
        };
      },
    }),
    routeWithBody({
      method: 'POST',
      path: '/integration-catalog/{key}/test-connection',
      tag: 'Catalog',
      summary: 'Try settings out against the account without saving them',
      params: KEY,
      query: NO_QUERY,
      body: connectionBody,
      success: { status: 200, description: 'One answer per check.', schema: ref('ConnectionReport') },
      failures: [400, 404, 413, 422],
      handle: async ({ params, body }) => {
        const vendor = findVendor(ports.vendors, params['key'] ?? '');
        const { clear, problems } = readSettings(vendor, body.config, ports.vault);
        if (problems.length > 0) {
          throw validationFailed(problems.map((problem) => ({ ...problem, path: `config.${problem.path}` })));
        }
        const checks = await vendor.testConnection(clear);
        return { ok: checks.every(({ ok }) => ok), checks };
      },
    }),
  ];
}
