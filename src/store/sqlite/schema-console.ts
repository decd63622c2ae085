/** Tables for bringing removed integrations back, and for counts of each integration. It must not know who reads or writes them. */

export const CONSOLE = `
-- What a removed template was: itself and what was attached. Its revisions are still where they were.
CREATE TABLE removed_templates (
  id TEXT PRIMARY KEY,
  removed_ms INTEGER NOT NULL,
  template TEXT NOT NULL,
  integrations TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Counts of one integration a minute; of all together under the empty id.
CREATE TABLE measures (
  integration_id TEXT NOT NULL,
  minute_ms INTEGER NOT NULL,
  word TEXT NOT NULL,
  count INTEGER NOT NULL,
  PRIMARY KEY (integration_id, minute_ms, word)
) STRICT, WITHOUT ROWID;
CREATE INDEX measures_minute ON measures (minute_ms);
`;
