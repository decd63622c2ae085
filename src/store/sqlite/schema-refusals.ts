/** Finding what was refused in part. It must not know who reads or writes it. */

/** True of the details of a verdict when a rule of it was refused. */
export const HAS_REFUSED_RULE = `instr(detail, '"outcome":"invalid"') > 0`;

export const REFUSALS = `
-- Events that are mapped, but not by every rule: those that no state tells of.
CREATE INDEX verdicts_refused ON verdicts (seq) WHERE state = 'mapped' AND ${HAS_REFUSED_RULE};
`;
