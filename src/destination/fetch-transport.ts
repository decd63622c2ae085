/** Transport over the global fetch, for library use and for tests that stub HTTP. It cannot check addresses at connect time: the undici one can. */
import { AddressRefused, refusalOf } from './address-guard.ts';
import {
  DEFAULT_MAX_RESPONSE_BYTES,
  errorCode,
  notSent,
  type Transport,
  TransportError,
  type TransportRequest,
  type TransportResponse,
} from './transport.ts';

export interface FetchTransportOptions {
  readonly allowedOrigins?: readonly string[];
  readonly maxResponseBytes?: number;
}

/** Codes that a connection attempt ends with, before anything is written. All others may mean that the request arrived. */
const CONNECT_CODES = new Set([
  'ADDRESS_REFUSED',
  'ECONNREFUSED',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
]);

export function createFetchTransport(options: FetchTransportOptions = {}): Transport {
  const maxBytes = options.maxResponseBytes ?? DEFAULT_MAX_RESPONSE_BYTES;
  const allowed = options.allowedOrigins ?? [];
  return {
    send: (request) => send(request, allowed, maxBytes),
    close: async () => {},
  };
}

async function send(
  request: TransportRequest,
  allowed: readonly string[],
  maxBytes: number,
): Promise<TransportResponse> {
  if (refusalOf(new URL(request.url), allowed) !== undefined) throw notSent(new AddressRefused());
  if (request.signal?.aborted === true)
    throw new TransportError('before-send', 'ABORTED', 'The request was given up.');
  const controller = new AbortController();
  const stop = (error: TransportError): void => controller.abort(error);
  const abort = (): void => stop(new TransportError('after-send', 'ABORTED', 'The request was given up.'));
  const timer = setTimeout(
    () =>
      stop(new TransportError('timeout', 'DEADLINE', `No complete answer within ${request.timeoutMs} ms.`)),
    request.timeoutMs,
  );
  request.signal?.addEventListener('abort', abort, { once: true });
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers: request.headers,
      body: request.body ?? null,
      redirect: 'manual',
      signal: controller.signal,
    });
    return {
      status: response.status,
      headers: headersOf(response.headers),
      body: await readBody(response, maxBytes),
    };
  } catch (error) {
    throw worded(error, controller.signal);
  } finally {
    clearTimeout(timer);
    request.signal?.removeEventListener('abort', abort);
  }
}

function headersOf(headers: Headers): Record<string, string> {
  return Object.fromEntries(headers.entries());
}

/** Reads at most `maxBytes` of decompressed body. */
async function readBody(response: Response, maxBytes: number): Promise<string> {
  if (response.body === null) return '';
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of response.body) {
    size += chunk.byteLength;
    if (size > maxBytes)
      throw new TransportError('after-send', 'TOO_LARGE', `The answer is larger than ${maxBytes} bytes.`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function worded(error: unknown, signal: AbortSignal): TransportError {
  if (signal.reason instanceof TransportError) return signal.reason;
  if (error instanceof TransportError) return error;
  const code = errorCode(error);
  if (code !== undefined && CONNECT_CODES.has(code)) return notSent(error);
  return new TransportError(
    'after-send',
    'CONNECTION',
    'The connection ended before the answer was complete.',
    error,
  );
}
