/** How the devices of an account are found. It must not know who looks for them. */

export const PEOPLE = `
-- Long after its events were forgotten, a device still names the account that signed in on it.
CREATE INDEX links_user ON links (pipeline_id, user_id, key) WHERE user_id IS NOT NULL;
`;
