/** What even an empty account has. It must not know about samples. */
import type { Context } from '../context.ts';

/** The group of the account's owner, which lists are shared with. Does nothing where it is there already. */
export function furnish({ state, now }: Context): void {
  if (state.groups.lastId > 0) return;
  state.groups.add((id) => ({
    id,
    title: 'Admin',
    descript: 'This is a group for admin users',
    createdAt: now(),
  }));
}
