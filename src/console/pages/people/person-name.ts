/** What a person is called: the best known of their ids. It must not know where it is shown. */
import type { Person } from '../../api/answers.ts';

export function nameOf(person: Person): string {
  return person.email ?? person.user_ids[0] ?? person.anonymous_ids[0] ?? person.id;
}
