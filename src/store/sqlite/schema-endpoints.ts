/** Stops of one endpoint of an account. It must not know who reads or writes them. */

export const ENDPOINTS = `
-- NULL: the stop is the whole account's.
ALTER TABLE lanes ADD COLUMN stop_endpoint TEXT
  CHECK (stop_endpoint IN ('api', 'tracking') AND (stop_endpoint IS NULL OR stop_code IS NOT NULL));
`;
