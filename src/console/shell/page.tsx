/** Title, words and buttons at the head of a page. It must not know the page. */
import { type ReactNode, useEffect } from 'react';
import { Link } from '../router.tsx';

interface PageProps {
  readonly title: string;
  /** Shown in place of the title where a word is not enough. */
  readonly heading?: ReactNode;
  readonly lead?: ReactNode;
  readonly crumbs?: readonly { readonly label: string; readonly href: string }[];
  readonly actions?: ReactNode;
  readonly width?: 'narrow' | 'normal' | 'wide';
  readonly children: ReactNode;
}

export function Page({ title, heading, lead, crumbs = [], actions, width = 'normal', children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · Signal`;
  }, [title]);
  return (
    <div className={width === 'normal' ? 'page' : `page page-${width}`}>
      <div className="page-head">
        <div>
          {crumbs.length > 0 && (
            <nav className="crumbs" aria-label="Breadcrumb">
              {crumbs.map(({ label, href }) => (
                <span key={href}>
                  <Link href={href}>{label}</Link> <span aria-hidden="true">/</span>
                </span>
              ))}
            </nav>
          )}
          <h1 className="wrap-anywhere">{heading ?? title}</h1>
          {lead !== undefined && <p>{lead}</p>}
        </div>
        {actions !== undefined && <div className="row">{actions}</div>}
      </div>
      {children}
    </div>
  );
}
