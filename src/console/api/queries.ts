/** Questions that several pages ask, each with the key under which its answer is kept. It must not know how answers are shown. */
import { keepPreviousData, QueryClient, useQuery } from '@tanstack/react-query';
import { useApi } from '../service.ts';
import { ApiError } from './client.ts';

/** Passing trouble is tried again: the service may be restarting. */
const MAX_RETRIES = 4;

export function createQueries(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 5_000,
        gcTime: 10 * 60_000,
        retry: (failures, error) => error instanceof ApiError && error.isPassing && failures < MAX_RETRIES,
        retryDelay: (failures, error) =>
          (error instanceof ApiError ? error.retryAfterS : undefined) !== undefined
            ? Number(error instanceof ApiError ? error.retryAfterS : 1) * 1000
            : Math.min(8_000, 400 * 2 ** failures),
      },
      mutations: { retry: false },
    },
  });
}

export function useTemplates() {
  const api = useApi();
  return useQuery({ queryKey: ['templates'], queryFn: api.templates, select: ({ data }) => data });
}

export function useTemplate(id: string) {
  const api = useApi();
  return useQuery({ queryKey: ['templates', id], queryFn: () => api.template(id) });
}

export function useAttachments() {
  const api = useApi();
  return useQuery({ queryKey: ['attachments'], queryFn: api.attachments, select: ({ data }) => data });
}

export function usePipelines() {
  const api = useApi();
  return useQuery({ queryKey: ['pipelines'], queryFn: api.pipelines, select: ({ data }) => data });
}

export function useCatalog() {
  const api = useApi();
  return useQuery({
    queryKey: ['catalog'],
    queryFn: api.catalog,
    select: ({ data }) => data,
    staleTime: 60_000,
  });
}

export function useVendor(key: string) {
  const api = useApi();
  return useQuery({ queryKey: ['catalog', key], queryFn: () => api.vendor(key), staleTime: 60_000 });
}

export function useServiceInfo() {
  const api = useApi();
  return useQuery({
    queryKey: ['service'],
    queryFn: api.service,
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
}

/** All revisions, newest first; more than fifty are asked for page by page. */
export function useRevisions(id: string) {
  const api = useApi();
  return useQuery({
    queryKey: ['revisions', id],
    queryFn: () => api.revisions(id),
    select: ({ data }) => data,
  });
}

/** The newest hundred events, for names, paths and examples. */
export function useRecentEvents() {
  const api = useApi();
  return useQuery({
    queryKey: ['events', 'recent'],
    queryFn: () => api.events({}, 100),
    select: ({ data }) => data,
    staleTime: 15_000,
  });
}

export function useStats(query: {
  readonly sinceMs: number;
  readonly bucketS: number;
  readonly integrationId?: string | undefined;
}) {
  const api = useApi();
  const { sinceMs, bucketS, integrationId } = query;
  return useQuery({
    queryKey: ['stats', sinceMs, bucketS, integrationId],
    queryFn: () =>
      api.stats({
        since: new Date(sinceMs).toISOString(),
        bucket_s: bucketS,
        ...(integrationId === undefined ? {} : { integration_id: integrationId }),
      }),
    select: ({ data }) => data,
    placeholderData: keepPreviousData,
    refetchInterval: 15_000,
  });
}

/** Pipeline integration id → how people know it. */
export function useIntegrationNames(): ReadonlyMap<string, string> {
  const { data } = useAttachments();
  return new Map((data ?? []).map(({ id, integration_name }) => [id, integration_name]));
}
