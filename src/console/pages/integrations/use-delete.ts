/** Deleting an integration from any page, with an Undo button for ten seconds. It must not know how the wait works. */
import { type QueryClient, useQueryClient } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import type { Template } from '../../api/answers.ts';
import type { Api } from '../../api/api.ts';
import { useApi } from '../../service.ts';
import { say } from '../../ui/messages.tsx';
import { describe } from '../../ui/notice.tsx';
import { createDelayedDelete, type DelayedDelete, UNDO_MS } from './delayed-delete.ts';

/** One for the tab: it outlives the pages. */
let shared: { readonly api: Api; readonly deletion: DelayedDelete } | undefined;

function deletionFor(api: Api, queries: QueryClient): DelayedDelete {
  if (shared?.api === api) return shared.deletion;
  const refresh = (): void => {
    void queries.invalidateQueries({ queryKey: ['templates'] });
    void queries.invalidateQueries({ queryKey: ['attachments'] });
  };
  const sayDeleted = (id: string): void => {
    say({
      tone: 'good',
      text: 'Deleted. It can be brought back for 30 days.',
      staysMs: 30_000,
      action: {
        label: 'Bring it back',
        run: () => {
          api
            .undelete(id)
            .then(({ name }) =>
              say({ tone: 'good', text: `${name} is back. What waited for it was cancelled.` }),
            )
            .catch((error: unknown) => say({ tone: 'bad', text: describe(error).sentence }))
            .finally(refresh);
        },
      },
    });
  };
  const deletion = createDelayedDelete({
    after: (delayMs, run) => {
      const timer = setTimeout(run, delayMs);
      return () => clearTimeout(timer);
    },
    send: (id, leaving) => {
      api
        .deleteTemplate(id, leaving)
        .then(() => sayDeleted(id))
        .catch((error: unknown) => say({ tone: 'bad', text: describe(error).sentence }))
        .finally(refresh);
    },
  });
  window.addEventListener('pagehide', () => deletion.flush());
  shared = { api, deletion };
  return deletion;
}

export function useDelete(): {
  readonly gone: ReadonlySet<string>;
  readonly remove: (template: Template) => void;
} {
  const deletion = deletionFor(useApi(), useQueryClient());
  const gone = useSyncExternalStore(deletion.subscribe, deletion.waiting);
  return {
    gone,
    remove: ({ id, name }) => {
      deletion.start(id);
      say({
        tone: 'good',
        text: `${name} is being deleted.`,
        staysMs: UNDO_MS,
        action: {
          label: 'Undo',
          run: () => {
            if (deletion.undo(id)) say({ tone: 'good', text: `${name} stays.` });
          },
        },
      });
    },
  };
}
