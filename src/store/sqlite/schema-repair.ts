/** The tables of sending again and of forgetting. It must not know who reads or writes them. */

export const REPAIR = `
CREATE TABLE replays (
  no INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('running', 'done', 'cancelled', 'failed')),
  mapping TEXT NOT NULL CHECK (mapping IN ('as_mapped', 'current')),
  selection TEXT NOT NULL,
  total INTEGER NOT NULL,
  done INTEGER NOT NULL DEFAULT 0,
  skipped INTEGER NOT NULL DEFAULT 0,
  position INTEGER NOT NULL DEFAULT 0,
  through INTEGER NOT NULL,
  created_ms INTEGER NOT NULL,
  finished_ms INTEGER,
  message TEXT,
  CHECK ((state = 'running') = (finished_ms IS NULL))
) STRICT;
-- One at a time.
CREATE UNIQUE INDEX replays_running ON replays (state) WHERE state = 'running';

-- Jobs that were sent again, so that nobody sends them again once more.
CREATE TABLE replayed (job_id INTEGER PRIMARY KEY, replay_id TEXT NOT NULL) STRICT;

-- 1 when its person was erased: payload, contacts and tries are gone and must not come back.
ALTER TABLE jobs ADD COLUMN erased INTEGER NOT NULL DEFAULT 0 CHECK (erased IN (0, 1));

-- Keyed hashes of ids and addresses whose events up to 'through' must not be processed.
CREATE TABLE tombstones (hash TEXT PRIMARY KEY, through INTEGER NOT NULL, at_ms INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX tombstones_through ON tombstones (through);

CREATE TABLE erasures (
  id TEXT PRIMARY KEY,
  through INTEGER NOT NULL,
  -- Who it is, sealed; gone when it is done.
  sealed TEXT,
  events INTEGER NOT NULL DEFAULT 0,
  deliveries INTEGER NOT NULL DEFAULT 0,
  decisions INTEGER NOT NULL DEFAULT 0,
  cancelled INTEGER NOT NULL DEFAULT 0,
  deletions TEXT NOT NULL,
  created_ms INTEGER NOT NULL,
  finished_ms INTEGER,
  CHECK ((sealed IS NULL) = (finished_ms IS NOT NULL))
) STRICT;
CREATE INDEX erasures_running ON erasures (id) WHERE sealed IS NOT NULL;
`;
