/** The tables, as numbered steps that only go forward. It must not know who reads or writes them. */

import { CONSENT_HISTORY } from './schema-consent.ts';
import { CONSOLE } from './schema-console.ts';
import { ENDPOINTS } from './schema-endpoints.ts';
import { EXCHANGES } from './schema-exchanges.ts';
import { PARKING } from './schema-parking.ts';
import { PEOPLE } from './schema-people.ts';
import { REPAIR } from './schema-repair.ts';
import { STOPS } from './schema-stops.ts';
import { UNSENT } from './schema-unsent.ts';

/** One step: applied once, in one transaction, in the order of the list. A released step is never changed; add another. */
export interface Migration {
  readonly number: number;
  readonly sql: string;
}

const LOG = `
CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO meta VALUES ('cursor', 0), ('config_version', 0), ('probe', 0);

-- Append-only. AUTOINCREMENT: a position is never given twice, even after the newest event was forgotten.
CREATE TABLE events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  pipeline_id TEXT NOT NULL,
  received_ms INTEGER NOT NULL,
  body TEXT NOT NULL
) STRICT;

-- 128 bits of SHA-256 over pipeline and messageId. 'n' grows with time, so that old keys are found without an index.
CREATE TABLE dedupe (n INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, received_ms INTEGER NOT NULL) STRICT;

-- What people search events by. Written when the event is processed, so that receiving stays cheap.
CREATE TABLE event_index (
  seq INTEGER PRIMARY KEY,
  type TEXT NOT NULL,
  name TEXT,
  user_id TEXT,
  anonymous_id TEXT,
  email TEXT
) STRICT;
CREATE INDEX event_index_type ON event_index (type, seq);
CREATE INDEX event_index_name ON event_index (name, seq) WHERE name IS NOT NULL;
CREATE INDEX event_index_user ON event_index (user_id, seq) WHERE user_id IS NOT NULL;
CREATE INDEX event_index_anonymous ON event_index (anonymous_id, seq) WHERE anonymous_id IS NOT NULL;
CREATE INDEX event_index_email ON event_index (email, seq) WHERE email IS NOT NULL;

CREATE TABLE verdicts (
  seq INTEGER NOT NULL,
  integration_id TEXT NOT NULL,
  state TEXT NOT NULL
    CHECK (state IN ('dropped', 'filtered', 'skipped', 'invalid', 'parked', 'expired', 'mapped')),
  code TEXT,
  detail TEXT,
  revision_id TEXT,
  PRIMARY KEY (seq, integration_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX verdicts_state ON verdicts (state, seq);
CREATE INDEX verdicts_integration ON verdicts (integration_id, seq);
`;

const LEDGER = `
CREATE TABLE links (
  pipeline_id TEXT NOT NULL,
  key TEXT NOT NULL,
  email TEXT,
  user_id TEXT,
  seq INTEGER NOT NULL,
  PRIMARY KEY (pipeline_id, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX links_email ON links (pipeline_id, email, key) WHERE email IS NOT NULL;

CREATE TABLE decisions (
  pipeline_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  category TEXT NOT NULL,
  granted INTEGER NOT NULL CHECK (granted IN (0, 1)),
  at_ms INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  PRIMARY KEY (pipeline_id, subject, category)
) STRICT, WITHOUT ROWID;

CREATE TABLE parked (
  seq INTEGER PRIMARY KEY,
  pipeline_id TEXT NOT NULL,
  key TEXT NOT NULL,
  expires_ms INTEGER NOT NULL,
  integration_ids TEXT NOT NULL
) STRICT;
CREATE INDEX parked_key ON parked (pipeline_id, key, seq);
CREATE INDEX parked_expires ON parked (expires_ms, seq);
`;

const QUEUE = `
-- What the vendor account as a whole must keep to.
CREATE TABLE lanes (
  lane TEXT PRIMARY KEY,
  epoch INTEGER NOT NULL DEFAULT 0,
  not_before_ms INTEGER NOT NULL DEFAULT 0,
  pause_code TEXT,
  stop_code TEXT,
  stop_message TEXT,
  stop_since_ms INTEGER,
  CHECK ((stop_code IS NULL) = (stop_since_ms IS NULL))
) STRICT, WITHOUT ROWID;

CREATE TABLE template_stops (
  template_id TEXT PRIMARY KEY,
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  since_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One integration's jobs on one lane. Waiting jobs move to another lane by moving their stream, however many they are.
CREATE TABLE streams (
  no INTEGER PRIMARY KEY,
  lane TEXT NOT NULL,
  integration_id TEXT NOT NULL,
  template_id TEXT NOT NULL,
  is_current INTEGER NOT NULL CHECK (is_current IN (0, 1)),
  -- Its integration was removed then: nothing leaves any more, and what waits is cancelled piece by piece.
  closed_ms INTEGER CHECK (closed_ms IS NULL OR is_current = 0),
  waiting INTEGER NOT NULL DEFAULT 0 CHECK (waiting >= 0),
  open INTEGER NOT NULL DEFAULT 0 CHECK (open >= waiting)
) STRICT;
CREATE INDEX streams_lane ON streams (lane, no);
CREATE INDEX streams_template ON streams (template_id);
CREATE INDEX streams_integration ON streams (integration_id, lane);
CREATE INDEX streams_closed ON streams (no) WHERE closed_ms IS NOT NULL;
CREATE UNIQUE INDEX streams_current ON streams (integration_id) WHERE is_current = 1;

-- What a job is; written once.
CREATE TABLE jobs (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  stream INTEGER NOT NULL,
  pipeline_id TEXT NOT NULL,
  integration_id TEXT NOT NULL,
  template_id TEXT NOT NULL,
  revision_id TEXT NOT NULL,
  seq INTEGER NOT NULL,
  rule TEXT NOT NULL,
  replay_id TEXT NOT NULL,
  action TEXT NOT NULL,
  contact TEXT NOT NULL,
  other_contact TEXT CHECK (other_contact <> contact),
  subjects TEXT NOT NULL,
  payload TEXT NOT NULL,
  enqueued_ms INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX jobs_once ON jobs (seq, integration_id, rule, replay_id);
CREATE INDEX jobs_integration ON jobs (integration_id, id);
CREATE INDEX jobs_action ON jobs (action, id);
CREATE INDEX jobs_contact ON jobs (contact, id);
CREATE INDEX jobs_other_contact ON jobs (other_contact, id) WHERE other_contact IS NOT NULL;

-- Open jobs, narrow. A job stands in the line of each of its contacts unless it is held;
-- 'front' is 1 when it is the first of its stream in all of them.
CREATE TABLE queue (
  stream INTEGER NOT NULL,
  id INTEGER NOT NULL,
  seq INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'sending', 'submitted', 'held')),
  front INTEGER NOT NULL CHECK (front IN (0, 1)),
  until_ms INTEGER NOT NULL DEFAULT 0,
  attempts INTEGER NOT NULL DEFAULT 0,
  first_attempt_ms INTEGER,
  contact TEXT NOT NULL,
  other_contact TEXT,
  code TEXT,
  message TEXT,
  batch_id TEXT,
  PRIMARY KEY (stream, id),
  CHECK ((state = 'submitted') = (batch_id IS NOT NULL)),
  CHECK (state <> 'held' OR front = 0)
) STRICT, WITHOUT ROWID;
CREATE INDEX queue_ready ON queue (stream, id) WHERE front = 1 AND state = 'waiting' AND until_ms = 0;
CREATE INDEX queue_due ON queue (stream, until_ms, id) WHERE front = 1 AND state = 'waiting' AND until_ms > 0;
CREATE INDEX queue_contact ON queue (stream, contact, id) WHERE state <> 'held';
CREATE INDEX queue_other_contact ON queue (stream, other_contact, id)
  WHERE state <> 'held' AND other_contact IS NOT NULL;
CREATE INDEX queue_tried ON queue (stream, id) WHERE first_attempt_ms IS NOT NULL;
CREATE INDEX queue_state ON queue (state, id);
CREATE INDEX queue_state_seq ON queue (state, seq);
CREATE INDEX queue_code ON queue (code, id) WHERE code IS NOT NULL;

-- Final states: at most one a job.
CREATE TABLE settled (
  id INTEGER PRIMARY KEY REFERENCES jobs (id),
  seq INTEGER NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('delivered', 'filtered', 'dead', 'cancelled')),
  code TEXT NOT NULL,
  message TEXT,
  attempts INTEGER NOT NULL,
  settled_ms INTEGER NOT NULL
) STRICT;
CREATE INDEX settled_state ON settled (state, id);
CREATE INDEX settled_state_seq ON settled (state, seq);
CREATE INDEX settled_code ON settled (code, id);

CREATE TABLE attempts (
  job_id INTEGER NOT NULL REFERENCES jobs (id),
  n INTEGER NOT NULL,
  at_ms INTEGER NOT NULL,
  body TEXT NOT NULL,
  PRIMARY KEY (job_id, n)
) STRICT, WITHOUT ROWID;
`;

const CONFIG = `
CREATE TABLE pipelines (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  pipeline_key TEXT NOT NULL UNIQUE,
  body TEXT NOT NULL
) STRICT;
CREATE TABLE templates (id TEXT PRIMARY KEY, name TEXT NOT NULL UNIQUE, body TEXT NOT NULL) STRICT;
CREATE TABLE revisions (
  id TEXT PRIMARY KEY,
  template_id TEXT NOT NULL,
  number INTEGER NOT NULL,
  body TEXT NOT NULL,
  UNIQUE (template_id, number)
) STRICT;
CREATE TABLE integrations (
  id TEXT PRIMARY KEY,
  template_id TEXT NOT NULL,
  enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  body TEXT NOT NULL
) STRICT;
CREATE INDEX integrations_template ON integrations (template_id);
CREATE TABLE pins (
  integration_id TEXT NOT NULL,
  after_seq INTEGER NOT NULL,
  revision_id TEXT NOT NULL,
  enabled INTEGER NOT NULL CHECK (enabled IN (0, 1)),
  PRIMARY KEY (integration_id, after_seq)
) STRICT, WITHOUT ROWID;
`;

const TRAIL = `
CREATE TABLE activity (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  at_ms INTEGER NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('event.processed', 'delivery.updated')),
  seq INTEGER NOT NULL,
  job_id INTEGER
) STRICT;
CREATE TABLE tallies (
  minute_ms INTEGER NOT NULL,
  word TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (minute_ms, word)
) STRICT, WITHOUT ROWID;
`;

const MEMORY = `
-- What the event's messageId is remembered by. Keys of events after the mark 'filed' are not in dedupe yet.
ALTER TABLE events ADD COLUMN key BLOB;
INSERT INTO meta SELECT 'filed', coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0);
`;

const WORK = `
-- Held jobs are no work: an account that has nothing else is left alone.
ALTER TABLE streams ADD COLUMN held INTEGER NOT NULL DEFAULT 0 CHECK (held >= 0 AND held + waiting <= open);
UPDATE streams SET held = (SELECT count(*) FROM queue WHERE stream = no AND state = 'held');
CREATE INDEX streams_work ON streams (lane) WHERE open > held;
`;

export const MIGRATIONS: readonly Migration[] = [
  { number: 1, sql: LOG + LEDGER + QUEUE + CONFIG + TRAIL },
  { number: 2, sql: REPAIR },
  { number: 3, sql: CONSOLE },
  { number: 4, sql: CONSENT_HISTORY },
  { number: 5, sql: PARKING },
  { number: 6, sql: MEMORY },
  { number: 7, sql: ENDPOINTS },
  { number: 8, sql: EXCHANGES },
  { number: 9, sql: WORK },
  { number: 10, sql: STOPS },
  { number: 11, sql: PEOPLE },
  { number: 12, sql: UNSENT },
];
