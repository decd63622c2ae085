/** Integrations that were removed lately, each with a way back. It must not know how they were removed. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { RemovedTemplate } from '../../api/answers.ts';
import { dayOf } from '../../moments.ts';
import { useApi } from '../../service.ts';
import { Button } from '../../ui/button.tsx';
import { say } from '../../ui/messages.tsx';
import { describe } from '../../ui/notice.tsx';
import { Ago } from '../../ui/time.tsx';

/** Nothing where there is none. */
export function Removed() {
  const api = useApi();
  const removed = useQuery({ queryKey: ['templates', 'removed'], queryFn: api.removedTemplates });
  const found = removed.data?.data ?? [];
  if (found.length === 0) return null;
  return (
    <section className="card" aria-labelledby="removed">
      <div className="card-head">
        <h2 id="removed">Removed lately</h2>
      </div>
      <ul>
        {found.map((template) => (
          <RemovedLine key={template.id} template={template} />
        ))}
      </ul>
    </section>
  );
}

function RemovedLine({ template: { id, name, removed_at, until } }: { readonly template: RemovedTemplate }) {
  const api = useApi();
  const queries = useQueryClient();
  const restore = useMutation({
    mutationFn: () => api.undelete(id),
    onSuccess: () => say({ tone: 'good', text: `${name} is back. What waited for it was cancelled.` }),
    onError: (error) => say({ tone: 'bad', text: describe(error).sentence }),
    onSettled: () => {
      for (const queryKey of [['templates'], ['attachments']]) void queries.invalidateQueries({ queryKey });
    },
  });
  return (
    <li className="list-line row row-apart">
      <span>
        <span className="strong">{name}</span>{' '}
        <span className="faint small">
          removed <Ago at={removed_at} />, can come back until {dayOf(Date.parse(until))}
        </span>
      </span>
      <Button small icon="history" busy={restore.isPending} onClick={() => restore.mutate()}>
        Bring {name} back
      </Button>
    </li>
  );
}
