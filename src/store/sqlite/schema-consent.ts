/** The table of how consent changed. It must not know who reads or writes it. */

export const CONSENT_HISTORY = `
-- Each change of a decision, per id and category; what is repeated unchanged adds nothing.
CREATE TABLE consent_history (
  pipeline_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  seq INTEGER NOT NULL,
  category TEXT NOT NULL,
  granted INTEGER NOT NULL CHECK (granted IN (0, 1)),
  at_ms INTEGER NOT NULL,
  -- When the opposite was learnt, by our clock. The one that holds is never forgotten with time.
  replaced_ms INTEGER,
  PRIMARY KEY (pipeline_id, subject, seq, category)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX consent_history_holds ON consent_history (pipeline_id, subject, category)
  WHERE replaced_ms IS NULL;
CREATE INDEX consent_history_replaced ON consent_history (replaced_ms) WHERE replaced_ms IS NOT NULL;
INSERT INTO consent_history SELECT pipeline_id, subject, seq, category, granted, at_ms, NULL FROM decisions;
`;
