/** The table of all REST operations the simulated account has. */
import type { Limits } from '../limits.ts';
import { companyRoutes } from './companies.ts';
import { contactRoutes } from './contacts.ts';
import { dealRoutes } from './deals.ts';
import { fieldValueRoutes } from './field-values.ts';
import { fieldRoutes } from './fields.ts';
import { listRoutes } from './lists.ts';
import type { ApiRoute } from './operation.ts';
import { pipelineRoutes } from './pipelines.ts';
import { tagRoutes } from './tags.ts';
import { userRoutes } from './users.ts';

/** Made anew for each account, for some operations remember or count. */
export function apiRoutes(_limits: Limits): readonly ApiRoute[] {
  return [
    ...userRoutes,
    ...contactRoutes(),
    ...fieldRoutes,
    ...fieldValueRoutes,
    ...tagRoutes,
    ...listRoutes,
    ...companyRoutes,
    ...dealRoutes,
    ...pipelineRoutes,
  ];
}
