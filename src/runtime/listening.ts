/** What somebody can do when a server cannot listen where it was told to. It must not know any server. */
import { Failure } from '../event/failure.ts';

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'is taken by another program',
  EACCES: 'may not be used by this user',
  EADDRNOTAVAIL: 'is not on an address of this machine',
  ENOTFOUND: 'is on a host name that does not resolve',
};

/** Failure CONFIG_INVALID, naming the variables of that server (`ADMIN` → ADMIN_PORT, ADMIN_HOST), when its place cannot be had. */
export async function listening<T>(
  server: 'ADMIN' | 'INGEST' | 'SANDBOX',
  port: number,
  listen: () => Promise<T>,
): Promise<T> {
  try {
    return await listen();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
    const reason = Object.hasOwn(REASONS, code) ? REASONS[code] : undefined;
    if (reason === undefined) throw cause;
    const variables = server === 'SANDBOX' ? 'SANDBOX_PORT' : `${server}_PORT or ${server}_HOST`;
    throw new Failure('CONFIG_INVALID', `Port ${port} ${reason}. Set ${variables} to another place.`, {
      cause,
    });
  }
}
