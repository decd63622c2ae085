/** The words that an editor can propose: actions with their fields, transforms, choices of the account. It must not know how they are picked. */
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import type { Action, ActionField, TransformWord } from '../../api/answers.ts';
import { useApi } from '../../service.ts';
import type { Proposal } from '../../ui/combobox.tsx';

export interface Vocabulary {
  readonly templateId: string;
  readonly actions: readonly Action[];
  readonly transforms: readonly TransformWord[];
}

const LONG_MS = 5 * 60_000;

export function useVocabulary(templateId: string): Vocabulary {
  const api = useApi();
  const actions = useQuery({
    queryKey: ['actions', templateId],
    queryFn: () => api.actions(templateId),
    staleTime: LONG_MS,
    retry: false,
  });
  const words = useQuery({
    queryKey: ['vocabulary'],
    queryFn: api.vocabulary,
    staleTime: LONG_MS,
    retry: false,
  });
  return useMemo(
    () => ({
      templateId,
      actions: actions.data?.data ?? [],
      transforms: words.data?.transforms ?? [],
    }),
    [templateId, actions.data, words.data],
  );
}

/** The targets of an action: its fields, those below them, and the account's own where it has some. */
export function targetProposals(action: Action | undefined): readonly Proposal[] {
  return (action?.fields ?? []).flatMap((field) => proposalsOf(field, ''));
}

function proposalsOf(field: ActionField, prefix: string): readonly Proposal[] {
  const value = prefix + field.key;
  const inner = (field.properties ?? []).flatMap((each) => proposalsOf(each, `${value}.`));
  return [{ value, note: field.label }, ...inner];
}

/**
 * The account's own names for an action's fields that ask for them (custom fields, tags, lists). Only asked for once
 * an editor needs them; an account that does not answer proposes nothing.
 */
export function useAccountChoices(
  templateId: string,
  action: string,
  field: string | undefined,
): readonly Proposal[] {
  const api = useApi();
  const { data } = useQuery({
    queryKey: ['choices', templateId, action, field],
    queryFn: () => api.choices(templateId, action, field ?? '', ''),
    enabled: field !== undefined,
    staleTime: LONG_MS,
    retry: false,
  });
  return (data?.data ?? []).map(({ value, label }) => ({ value, note: label === value ? undefined : label }));
}
