/** Stops of each endpoint by itself, and lines that are read by action. It must not know who reads or writes them. */

export const STOPS = `
-- What stops an account: as a whole, or one of its endpoints, each for a reason of its own.
CREATE TABLE lane_stops (
  lane TEXT NOT NULL,
  scope TEXT NOT NULL CHECK (scope IN ('account', 'api', 'tracking')),
  code TEXT NOT NULL,
  message TEXT NOT NULL,
  since_ms INTEGER NOT NULL,
  PRIMARY KEY (lane, scope)
) STRICT, WITHOUT ROWID;
INSERT INTO lane_stops
  SELECT lane, coalesce(stop_endpoint, 'account'), stop_code, coalesce(stop_message, ''), stop_since_ms
  FROM lanes WHERE stop_code IS NOT NULL;

CREATE TABLE lanes_anew (
  lane TEXT PRIMARY KEY,
  epoch INTEGER NOT NULL DEFAULT 0,
  not_before_ms INTEGER NOT NULL DEFAULT 0,
  pause_code TEXT
) STRICT, WITHOUT ROWID;
INSERT INTO lanes_anew SELECT lane, epoch, not_before_ms, pause_code FROM lanes;
DROP TABLE lanes;
ALTER TABLE lanes_anew RENAME TO lanes;

-- The lines' fronts by action, so that those of an endpoint that is stopped are not met at all.
ALTER TABLE queue ADD COLUMN action TEXT NOT NULL DEFAULT '';
UPDATE queue SET action = (SELECT action FROM jobs WHERE jobs.id = queue.id);
DROP INDEX queue_ready;
DROP INDEX queue_due;
CREATE INDEX queue_ready ON queue (stream, action, id) WHERE front = 1 AND state = 'waiting' AND until_ms = 0;
CREATE INDEX queue_due ON queue (stream, action, until_ms, id) WHERE front = 1 AND state = 'waiting' AND until_ms > 0;
`;
