/** Reads and writes the page's own cookie. It must not know what it means. */

/** 400 days, the longest that browsers allow. */
const MAX_AGE_S = 34_560_000;

export function readCookie(name: string): string | undefined {
  return document.cookie.match(`(?:^|; )${name}=([^;]*)`)?.[1];
}

/**
 * Writes a cookie that has another value or none. Browsers refuse domains that are too wide, so the widest that
 * they take is found by trying: `example.com` for www.example.com, for all its subdomains to share.
 */
export function writeCookie(name: string, value: string): void {
  const labels = location.hostname.split('.');
  const secure = location.protocol === 'https:' ? ';secure' : '';
  for (let from = labels.length; from-- && readCookie(name) !== value; ) {
    const domain = labels.slice(from).join('.');
    // biome-ignore lint/suspicious/noDocumentCookie: plain http pages and older browsers have no Cookie Store API.
    document.cookie = `${name}=${value};domain=${domain};path=/;max-age=${MAX_AGE_S};samesite=lax${secure}`;
  }
}
