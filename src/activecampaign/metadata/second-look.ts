/** When something that is not among what was remembered is worth another look at the account. It must not know what is looked for. */
import { CacheSlot } from '../../destination/cache.ts';
import { type Account, cacheKey } from '../account.ts';

/** How soon after one vain look another is worth its requests. */
const AGAIN_AFTER_MS = 60_000;
const looks = new CacheSlot<true>(AGAIN_AFTER_MS);

/** True once a minute for each kind of thing: it may be new since it was remembered. */
export async function isWorthAnotherLook(account: Account, kind: string): Promise<boolean> {
  const key = cacheKey(account, kind);
  if ((await looks.peek(account.cache, key)) !== undefined) return false;
  looks.set(account.cache, key, true);
  return true;
}
