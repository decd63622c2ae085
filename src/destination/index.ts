/** The destination kit as others import it. */
export * from './cache.ts';
export * from './calls.ts';
export * from './compile.ts';
export * from './create-destination.ts';
export * from './definition.ts';
export * from './dispatch.ts';
export * from './errors.ts';
export { createFetchTransport, type FetchTransportOptions } from './fetch-transport.ts';
export * from './multi-status.ts';
export type { DepartingRequest, ExchangeRecord } from './request-client.ts';
export {
  type Transport,
  TransportError,
  type TransportRequest,
  type TransportResponse,
} from './transport.ts';
export { createUndiciTransport, type UndiciTransportOptions } from './undici-transport.ts';
