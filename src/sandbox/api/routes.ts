/** The table of all REST operations the simulated account has. */
import type { Limits } from '../limits.ts';
import { automationRoutes } from './automations.ts';
import { bulkImportRoutes } from './bulk-import.ts';
import { campaignRoutes } from './campaigns.ts';
import { companyRoutes } from './companies.ts';
import { contactRelationRoutes } from './contact-relations.ts';
import { contactRoutes } from './contacts.ts';
import { dealRoutes } from './deals.ts';
import { exclusionRoutes } from './exclusions.ts';
import { fieldValueRoutes } from './field-values.ts';
import { fieldRoutes } from './fields.ts';
import { groupRoutes } from './groups.ts';
import { listRoutes } from './lists.ts';
import { noteRoutes } from './notes.ts';
import type { ApiRoute } from './operation.ts';
import { orderRoutes } from './orders.ts';
import { pipelineRoutes } from './pipelines.ts';
import { shopRoutes } from './shops.ts';
import { tagRoutes } from './tags.ts';
import { trackingSettingsRoutes } from './tracking-settings.ts';
import { userRoutes } from './users.ts';
import { webhookRoutes } from './webhooks.ts';

/** Made anew for each account, for some operations remember or count. */
export function apiRoutes(limits: Limits): readonly ApiRoute[] {
  return [
    ...userRoutes,
    ...contactRoutes(),
    ...contactRelationRoutes,
    ...fieldRoutes,
    ...fieldValueRoutes,
    ...tagRoutes,
    ...listRoutes,
    ...exclusionRoutes,
    ...groupRoutes,
    ...noteRoutes,
    ...automationRoutes,
    ...bulkImportRoutes(limits),
    ...trackingSettingsRoutes,
    ...webhookRoutes,
    ...campaignRoutes,
    ...companyRoutes,
    ...dealRoutes,
    ...pipelineRoutes,
    ...shopRoutes,
    ...orderRoutes,
  ];
}
