/** What a connection test found, a line a check. It must not know any vendor. */
import type { ConnectionReport } from '../api/answers.ts';
import { sentenceCase } from '../words.ts';
import { Icon } from './icon.tsx';

export function Checks({ report }: { readonly report: ConnectionReport }) {
  return (
    <section className="checks" aria-label="Result of the connection test" aria-live="polite">
      <ul className="stack stack-tight">
        {report.checks.map(({ name, ok, message, fix }) => (
          <li key={name} className="check-line">
            <span className={`check-mark ${ok ? 'tone-good' : 'tone-bad'}`}>
              <Icon name={ok ? 'check' : 'cross'} />
            </span>
            <div>
              <strong>{sentenceCase(name)}</strong>{' '}
              <span className="only-spoken">{ok ? 'passed:' : 'failed:'}</span>
              <span className="soft">{message}</span>
              {!ok && fix !== undefined && <p className="small">{fix}</p>}
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}
