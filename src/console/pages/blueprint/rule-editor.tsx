/** Everything about one rule: what it does, under which condition, with which fields. It must not know how rules run. */
import { useMemo } from 'react';
import type { ReceivedEvent } from '../../api/answers.ts';
import { actionOf, type Change, type RuleView } from '../../blueprint/document.ts';
import { seenPaths } from '../../blueprint/paths.ts';
import { Button } from '../../ui/button.tsx';
import type { Proposal } from '../../ui/combobox.tsx';
import { Combobox } from '../../ui/combobox.tsx';
import { Field, Select } from '../../ui/field.tsx';
import { Note } from '../../ui/notice.tsx';
import { sentenceCase } from '../../words.ts';
import { ConditionEditor } from './condition-editor.tsx';
import { MappingEditor } from './mapping-editor.tsx';
import { MoveButtons } from './move-buttons.tsx';
import { targetProposals, useAccountChoices, type Vocabulary } from './vocabulary.ts';

interface RuleEditorProps {
  readonly rule: RuleView;
  readonly events: readonly ReceivedEvent[];
  readonly vocabulary: Vocabulary;
  readonly place: { readonly isFirst: boolean; readonly isLast: boolean };
  readonly onChange: (change: Change) => void;
  /** Answers the rule's id at its new place. */
  readonly onMove: (by: -1 | 1) => string;
  readonly onRemove: () => void;
}

/** Without the service's list, the two that a rule gets by itself. */
const PLAIN_ACTIONS = ['trackEvent', 'syncContact'];

export function RuleEditor(props: RuleEditorProps) {
  const { rule, events, vocabulary, place, onChange, onMove, onRemove } = props;
  const slug = actionOf(rule);
  const action = vocabulary.actions.find((each) => each.slug === slug);
  const eventNameField =
    action === undefined ? (slug === 'trackEvent' ? 'event' : undefined) : action.event_name_field;
  const names = useAccountChoices(vocabulary.templateId, slug, eventNameField);
  const custom = useAccountChoices(vocabulary.templateId, slug, dynamicObject(action));
  const sources = useMemo<readonly Proposal[]>(() => {
    const own = seenPaths(events, rule.key);
    const found = own.length > 0 ? own : seenPaths(events);
    return found.map(({ path, example }) => ({ value: path, note: example }));
  }, [events, rule.key]);
  const targets = useMemo(() => [...targetProposals(action), ...custom], [action, custom]);
  const slugs = [
    ...new Set([
      slug,
      ...(vocabulary.actions.length > 0 ? vocabulary.actions.map((each) => each.slug) : PLAIN_ACTIONS),
    ]),
  ];
  return (
    <div className="rule-body">
      <div className="rule-fields">
        <Field label="Do" {...(action === undefined ? {} : { help: action.description })}>
          {(input) => (
            <Select
              {...input}
              className="input-small"
              value={slug}
              onChange={(event) => onChange({ action: event.target.value })}
            >
              {slugs.map((each) => (
                <option key={each} value={each}>
                  {vocabulary.actions.find((known) => known.slug === each)?.title ?? sentenceCase(each)}
                </option>
              ))}
            </Select>
          )}
        </Field>
        {eventNameField !== undefined && (
          <Field
            label="Name of the event in the account"
            help="At most 32 characters; automations refer to it."
          >
            {(input) => (
              <Combobox
                {...input}
                value={rule.vendorEventName ?? ''}
                placeholder={rule.key}
                proposals={names}
                onChange={(name) => onChange({ vendor_event_name: name === '' ? undefined : name })}
              />
            )}
          </Field>
        )}
      </div>
      {action?.available === false && <Note tone="wait">{action.unavailable_reason}</Note>}
      <ConditionEditor
        text={rule.when ?? ''}
        sources={sources}
        onChange={(when) => onChange({ when: when === '' ? undefined : when })}
      />
      <MappingEditor
        title="Fields"
        mappings={rule.mappings}
        sources={sources}
        targets={targets}
        transforms={vocabulary.transforms}
        onChange={(mappings) => onChange({ mappings })}
      />
      {rule.enrichments.length > 0 && (
        <MappingEditor
          title="Fields that only fill what is still empty"
          mappings={rule.enrichments}
          sources={sources}
          targets={targets}
          transforms={vocabulary.transforms}
          onChange={(enrichments) => onChange({ enrichments })}
        />
      )}
      <div className="row">
        <Button small kind="quiet" icon="trash" onClick={onRemove}>
          Remove this rule
        </Button>
        <span className="grow" />
        <MoveButtons
          what={`the rule for ${rule.key}`}
          place={rule.id}
          isFirst={place.isFirst}
          isLast={place.isLast}
          onMove={onMove}
        />
      </div>
    </div>
  );
}

/** The field whose choices are the names of more targets: an object that the account extends. */
function dynamicObject(action: Vocabulary['actions'][number] | undefined): string | undefined {
  return action?.fields.find(({ type, dynamic }) => type === 'object' && dynamic === true)?.key;
}
