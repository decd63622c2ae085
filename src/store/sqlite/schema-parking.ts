/** The second id that a parked event waits under. It must not know who reads or writes it. */

export const PARKING = `
-- An event with two ids waits under both. Events that were parked before this column wait under one.
ALTER TABLE parked ADD COLUMN other_key TEXT CHECK (other_key <> key);
CREATE INDEX parked_other_key ON parked (pipeline_id, other_key, seq) WHERE other_key IS NOT NULL;
`;
