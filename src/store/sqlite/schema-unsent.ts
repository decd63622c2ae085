/** Finding what was sent in part. It must not know who reads or writes it. */

/** True of the details of a verdict when a rule of it was refused, or lacked a setting of the integration. */
export const HAS_UNSENT_RULE = `(instr(detail, '"outcome":"invalid"') > 0 OR instr(detail, '"code":"ACTION_UNAVAILABLE"') > 0)`;

export const UNSENT = `
-- Events that are mapped, but not by every rule: those that no state tells of.
CREATE INDEX verdicts_unsent ON verdicts (seq) WHERE state = 'mapped' AND ${HAS_UNSENT_RULE};
`;
