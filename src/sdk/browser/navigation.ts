/** Notices page views: the first, and navigations inside the page. It must not know what is done about them. */

/** Calls `view` with the address before it, once the document is there and then whenever path or query change. */
export function watchPages(view: (referrer: string) => void): void {
  let seen = '';
  let referrer = document.referrer;
  const look = (): void => {
    const { pathname, search, href } = location;
    if (seen === pathname + search) return;
    seen = pathname + search;
    view(referrer);
    referrer = href;
  };
  // A turn later: by then a router has set the title, and a page's script has told the consent.
  const soon = (): void => void setTimeout(look);
  const follow = (name: 'pushState' | 'replaceState'): void => {
    const original = history[name];
    history[name] = function (...change) {
      original.apply(this, change);
      soon();
    };
  };
  follow('pushState');
  follow('replaceState');
  addEventListener('popstate', soon);
  if (document.readyState === 'loading') document.addEventListener('DOMContentLoaded', soon);
  else soon();
}
