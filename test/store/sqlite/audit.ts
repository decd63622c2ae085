/** Looks for contradictions in a database of the SQLite adapter that no call would show at once. */
import type { Database } from 'better-sqlite3';

const CONTRADICTIONS: Readonly<Record<string, string>> = {
  'a job that is open and settled': 'SELECT id FROM queue WHERE id IN (SELECT id FROM settled)',
  'a job that is neither open nor settled': `SELECT id FROM jobs
    WHERE id NOT IN (SELECT id FROM queue) AND id NOT IN (SELECT id FROM settled)`,
  'a job in the queue that is not known': 'SELECT id FROM queue WHERE id NOT IN (SELECT id FROM jobs)',
  'a job in another stream than it stands in': `SELECT q.id FROM queue q JOIN jobs j ON j.id = q.id
    WHERE j.stream <> q.stream`,
  'a wrong count of a stream': `SELECT no FROM streams
    WHERE open <> (SELECT count(*) FROM queue WHERE stream = no)
    OR waiting <> (SELECT count(*) FROM queue WHERE stream = no AND state = 'waiting')
    OR held <> (SELECT count(*) FROM queue WHERE stream = no AND state = 'held')`,
  'a wrong front': `SELECT id FROM queue AS q WHERE front <> (state <> 'held' AND NOT EXISTS (
    SELECT 1 FROM queue AS before
    WHERE before.stream = q.stream AND before.id < q.id AND before.state <> 'held'
    AND (before.contact IN (q.contact, q.other_contact) OR before.other_contact IN (q.contact, q.other_contact))))`,
  'an event that was processed and is not indexed': `SELECT seq FROM events
    WHERE (seq <= (SELECT value FROM meta WHERE name = 'cursor')) <> (seq IN (SELECT seq FROM event_index))`,
  'a parked event that is not there': 'SELECT seq FROM parked WHERE seq NOT IN (SELECT seq FROM events)',
  'an attempt of an unknown job': 'SELECT job_id FROM attempts WHERE job_id NOT IN (SELECT id FROM jobs)',
  'a wrong count of the tries that share their exchanges': `SELECT no FROM exchanges AS x
    WHERE tries <> (SELECT count(*) FROM attempts WHERE exchanges = x.no)`,
  'a try without its exchanges': `SELECT job_id FROM attempts
    WHERE exchanges IS NOT NULL AND exchanges NOT IN (SELECT no FROM exchanges)`,
};

/** The names of what is wrong; empty when nothing is. */
export function contradictionsIn(db: Database): readonly string[] {
  const found = Object.entries(CONTRADICTIONS).flatMap(([name, sql]) => {
    const rows = db.prepare<[], number>(sql).pluck().all();
    return rows.length === 0 ? [] : [`${name}: ${rows.slice(0, 5).join(', ')}`];
  });
  const integrity = String(db.pragma('integrity_check', { simple: true }));
  return integrity === 'ok' ? found : [...found, integrity];
}
