/** Serves the page at `/_sandbox` with its style and script, under a policy that lets nothing else in. */
import { type Answer, textAnswer } from '../http/exchange.ts';
import { type Connection, pageDocument } from './document.ts';
import { PAGE_SCRIPT } from './script.ts';
import { PAGE_STYLE } from './style.ts';

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

const GUARD = {
  'content-security-policy': POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
};

export const pageAnswer = (connection: Connection): Answer =>
  textAnswer(200, 'text/html; charset=UTF-8', pageDocument(connection), GUARD);
export const styleAnswer = (): Answer => textAnswer(200, 'text/css; charset=UTF-8', PAGE_STYLE, GUARD);
export const scriptAnswer = (): Answer =>
  textAnswer(200, 'text/javascript; charset=UTF-8', PAGE_SCRIPT, GUARD);
