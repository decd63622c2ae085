/** Reads and writes the page's own cookie. It must not know what it means. */

/** 400 days, the longest that browsers allow. */
const MAX_AGE_S = 34_560_000;

export function readCookie(name: string): string | undefined {
  return document.cookie.match(`(?:^|; )${name}=([^;]*)`)?.[1];
}

function set(cookie: string): void {
  // biome-ignore lint/suspicious/noDocumentCookie: the Cookie Store API is missing from plain http pages and older browsers.
  document.cookie = cookie;
}

/** The widest domain that takes a cookie (`.example.com` on www.example.com), found by trying; none on bare hosts. */
function widestDomain(probe: string): string {
  const labels = location.hostname.split('.');
  for (let from = labels.length - 1; from >= 0; from--) {
    const domain = `;domain=${labels.slice(from).join('.')}`;
    set(`${probe}=1${domain}`);
    const isTaken = readCookie(probe);
    set(`${probe}=${domain};max-age=0`);
    if (isTaken) return domain;
  }
  return '';
}

export function writeCookie(name: string, value: string): void {
  const secure = location.protocol === 'https:' ? ';secure' : '';
  set(`${name}=${value}${widestDomain(`${name}t`)};path=/;max-age=${MAX_AGE_S};samesite=lax${secure}`);
}
