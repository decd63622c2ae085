/** A process that opens a store, writes one event, says so, and stays until it is killed. */
import { systemClock } from '../../../src/clock.ts';
import { openSqliteStore } from '../../../src/store/sqlite/open.ts';
import { newEvent } from '../samples.ts';

const [, , path = ''] = process.argv;
const store = openSqliteStore({
  path,
  clock: systemClock,
  dedupeDays: 28,
  retentionDays: 30,
  parkPerVisitor: 3,
});
await store.log.append([newEvent('a')]);
process.send?.('open');
