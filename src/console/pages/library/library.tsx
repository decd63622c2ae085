/** What can be installed: search, categories, cards. It must not know any vendor. */
import type { CatalogVendor } from '../../api/answers.ts';
import { useCatalog, useTemplates } from '../../api/queries.ts';
import { Link, useQueryState } from '../../router.tsx';
import { to } from '../../routes.ts';
import { Page } from '../../shell/page.tsx';
import { Badge } from '../../ui/badge.tsx';
import { SearchInput } from '../../ui/field.tsx';
import { Empty, ErrorNote, Waiting } from '../../ui/notice.tsx';
import { categoryWord } from '../../words.ts';
import './library.css';

export function Library() {
  const catalog = useCatalog();
  const [query, setQuery] = useQueryState();
  const vendors = catalog.data ?? [];
  const categories = [...new Set(vendors.map(({ category }) => category))].sort();
  const found = vendors.filter((vendor) => fits(vendor, query['q'] ?? '', query['category']));
  return (
    <Page title="Integration library" lead="Choose where your events should go.">
      <div className="row">
        <div className="library-search">
          <SearchInput
            label="Search integrations"
            value={query['q'] ?? ''}
            onChange={(q) => setQuery({ q })}
          />
        </div>
        <fieldset className="segments">
          <legend className="only-spoken">Category</legend>
          {[undefined, ...categories].map((category) => (
            <button
              key={category ?? 'all'}
              type="button"
              className="segment"
              aria-pressed={query['category'] === category}
              onClick={() => setQuery({ category })}
            >
              {category === undefined ? 'All' : categoryWord(category)}
            </button>
          ))}
        </fieldset>
      </div>
      {catalog.isPending && <Waiting what="Loading the catalog…" />}
      {catalog.isError && <ErrorNote error={catalog.error} onRetry={() => catalog.refetch()} />}
      {catalog.isSuccess && found.length === 0 && (
        <Empty icon="search" title="No integration fits">
          Try another word, or look through all categories.
        </Empty>
      )}
      <ul className="vendor-cards">
        {found.map((vendor) => (
          <VendorCard key={vendor.key} vendor={vendor} />
        ))}
      </ul>
    </Page>
  );
}

function fits(vendor: CatalogVendor, text: string, category: string | undefined): boolean {
  const words = text.toLowerCase().split(/\s+/);
  const about = `${vendor.name} ${vendor.description} ${categoryWord(vendor.category)}`.toLowerCase();
  return (
    (category === undefined || vendor.category === category) && words.every((word) => about.includes(word))
  );
}

function VendorCard({ vendor }: { readonly vendor: CatalogVendor }) {
  const { data = [] } = useTemplates();
  const installed = data.filter(({ catalog_vendor_key }) => catalog_vendor_key === vendor.key).length;
  return (
    <li>
      <Link className="card vendor-card" href={to('install', { key: vendor.key })}>
        <span className="row row-apart row-still">
          <VendorMark name={vendor.name} />
          {installed > 0 ? (
            <Badge tone="good">{`${installed} installed`}</Badge>
          ) : (
            vendor.status !== 'ga' && <span className="badge badge-plain tone-quiet">{vendor.status}</span>
          )}
        </span>
        <span className="strong">{vendor.name}</span>
        <span className="soft small">{vendor.description}</span>
        <span className="faint small">{categoryWord(vendor.category)}</span>
      </Link>
    </li>
  );
}

/** The first letters, on a colour of the name's own: the catalog has no logos. */
function VendorMark({ name }: { readonly name: string }) {
  const letters = name.replaceAll(/[^A-Z]/g, '').slice(0, 2) || name.slice(0, 1);
  return (
    <span className="vendor-mark" aria-hidden="true">
      {letters}
    </span>
  );
}
