/** Bodies the vendor's front answers in place of the API. Where a text is not recorded, it is a stand-in of ours. */

/** A key that is no longer valid may be answered with the login page; its real markup is not recorded. */
export const LOGIN_PAGE =
  '<!DOCTYPE html><html><head><title>Login</title></head><body><form method="post" action="/admin/"><input name="user"><input name="pass" type="password"></form></body></html>';

/** The sentence is recorded, the markup is not. */
export const OUTAGE_PAGE =
  '<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><p>We are currently having some issues. Please check back soon.</p></body></html>';

/** The problem body of the network in front, with the members that are recorded. */
export function gatewayProblem(atMs: number): string {
  const ray = atMs.toString(16).padStart(16, '0');
  return JSON.stringify({
    type: 'https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/error-502/',
    title: 'Error 502: Bad gateway',
    status: 502,
    detail: 'The origin web server is not reachable.',
    instance: ray,
    error_code: 502,
    error_name: 'origin_bad_gateway',
    error_category: 'origin',
    ray_id: ray,
    timestamp: new Date(atMs).toISOString(),
    zone: 'sandbox.example',
    cloudflare_error: true,
    retryable: true,
    retry_after: 60,
  });
}
