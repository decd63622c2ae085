/** Whom a client speaks of, and how calls change that. Pure. It must not know where it is kept or what is sent. */
import { type Categories, type Consent, completeConsent, type Properties } from './wire.ts';

export interface Person {
  readonly anonymousId?: string | undefined;
  readonly userId?: string | undefined;
  readonly traits?: Properties;
  readonly groupId?: string;
  readonly groupTraits?: Properties;
  readonly consent?: Consent | undefined;
  /** The decision came after the last identify, so the next identify's person may have taken it. */
  readonly isConsentNew?: boolean;
  /** Ingestion has had events of this person, so a change of consent must be told at once. */
  readonly isHeardOf?: boolean;
  /** The browser refuses by itself (Sec-GPC, Do-Not-Track), and that has been heeded. */
  readonly isRefusing?: boolean;
}

/**
 * The person after an identify. Traits merge, new over old. Another userId is another person: everything kept of
 * the former is forgotten, the consent too unless it was given since the former's last identify.
 */
export function identified(
  person: Person,
  userId: string | undefined,
  traits: Properties | undefined,
  stranger: () => Person,
): Person {
  const isOther = userId && person.userId && person.userId !== userId;
  const base = isOther ? { ...stranger(), ...(person.isConsentNew && { consent: person.consent }) } : person;
  return {
    ...base,
    userId: userId ?? base.userId,
    traits: { ...base.traits, ...traits },
    isConsentNew: false,
  };
}

/** The person after a group call. Traits of the same group merge. */
export function grouped(person: Person, groupId: string, traits: Properties | undefined): Person {
  return {
    ...person,
    groupId,
    groupTraits: { ...(person.groupId === groupId && person.groupTraits), ...traits },
  };
}

/** The person after setConsent: what is not mentioned stays as it was. */
export function consented(person: Person, categories: Categories): Person {
  const former = person.consent;
  return {
    ...person,
    consent: completeConsent(
      { ...former?.categories, ...categories },
      { ...former?.canonical, ...categories },
    ),
    isConsentNew: true,
  };
}
