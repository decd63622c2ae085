/** The table of requests that many tries share. It must not know who reads or writes them. */

export const EXCHANGES = `
-- The exchanges of a batch, once for all its jobs: they name nobody. Gone with the last try that shares them.
CREATE TABLE exchanges (
  no INTEGER PRIMARY KEY AUTOINCREMENT,
  body TEXT NOT NULL,
  tries INTEGER NOT NULL CHECK (tries > 0)
) STRICT;
-- No foreign key: deleting what it names would look through all tries.
ALTER TABLE attempts ADD COLUMN exchanges INTEGER;
CREATE TRIGGER attempts_forgotten AFTER DELETE ON attempts WHEN old.exchanges IS NOT NULL BEGIN
  DELETE FROM exchanges WHERE no = old.exchanges AND tries = 1;
  UPDATE exchanges SET tries = tries - 1 WHERE no = old.exchanges;
END;
`;
