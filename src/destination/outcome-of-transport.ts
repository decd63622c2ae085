/** What an exchange without an answer means. It must not know any vendor. */
import type { Outcome } from '../event/outcome.ts';
import type { TransportError } from './transport.ts';

/** Never sent is tried again; a name that does not resolve and a refused address stop the account; what may have arrived is tried again only where repeating is harmless. */
export function outcomeOfTransport(error: TransportError, repeatable: boolean): Outcome {
  const { message } = error;
  switch (error.phase) {
    case 'dns':
      return { kind: 'stop', scope: 'account', code: 'DNS_FAILED', message };
    case 'connect':
    case 'before-send':
      if (error.reason === 'ADDRESS_REFUSED')
        return { kind: 'stop', scope: 'account', code: 'ADDRESS_REFUSED', message };
      return { kind: 'retry', code: 'CONNECTION_FAILED', message };
    case 'after-send':
      return { kind: repeatable ? 'retry' : 'unknown', code: 'RESPONSE_LOST', message };
    case 'timeout':
      return { kind: repeatable ? 'retry' : 'unknown', code: 'TIMED_OUT', message };
  }
}
