/** The rules as a table that a marketer reads; each opens into its editor. It must not know how rules run. */
import { type ReactNode, useState } from 'react';
import type { JsonObject, ReceivedEvent } from '../../api/answers.ts';
import {
  addRule,
  changeRule,
  globalMappings,
  moveRule,
  type RuleView,
  removeRule,
  rulesOf,
} from '../../blueprint/document.ts';
import { deedOf, occasionOf, withWhat } from '../../blueprint/sentences.ts';
import { Badge } from '../../ui/badge.tsx';
import { Button } from '../../ui/button.tsx';
import { Switch } from '../../ui/field.tsx';
import { Icon } from '../../ui/icon.tsx';
import { Empty } from '../../ui/notice.tsx';
import { AddRuleDialog } from './add-rule-dialog.tsx';
import { RuleEditor } from './rule-editor.tsx';
import type { Vocabulary } from './vocabulary.ts';

interface RuleTableProps {
  readonly document: JsonObject;
  readonly events: readonly ReceivedEvent[];
  readonly vocabulary: Vocabulary;
  /** The id of the rule that is open. */
  readonly open: string | undefined;
  readonly onOpen: (id: string | undefined) => void;
  readonly onChange: (document: JsonObject) => void;
}

export function RuleTable({ document, events, vocabulary, open, onOpen, onChange }: RuleTableProps) {
  const rules = rulesOf(document);
  const [adding, setAdding] = useState(false);
  const forEvery = globalMappings(document);
  return (
    <section className="card" aria-labelledby="rules">
      <div className="card-head">
        <h2 id="rules">Rules</h2>
        <Button small icon="plus" onClick={() => setAdding(true)}>
          Add a rule
        </Button>
      </div>
      {rules.length === 0 && (
        <Empty icon="blueprint" title="No rules yet">
          Without a rule nothing is sent. Add one for an event that you have seen.
        </Empty>
      )}
      <ul>
        {rules.map((rule) => (
          <RuleRow
            key={rule.id}
            rule={rule}
            isOpen={rule.id === open}
            onToggle={() => onOpen(rule.id === open ? undefined : rule.id)}
            onEnable={(enabled) => onChange(changeRule(document, rule.id, { enabled }))}
          >
            <RuleEditor
              rule={rule}
              events={events}
              vocabulary={vocabulary}
              place={{
                isFirst: moveRule(document, rule.id, -1) === undefined,
                isLast: moveRule(document, rule.id, 1) === undefined,
              }}
              onMove={(by) => {
                const there = moveRule(document, rule.id, by);
                if (there === undefined) return rule.id;
                onChange(there.document);
                onOpen(there.id);
                return there.id;
              }}
              onChange={(change) => onChange(changeRule(document, rule.id, change))}
              onRemove={() => {
                onOpen(undefined);
                onChange(removeRule(document, rule.id));
              }}
            />
          </RuleRow>
        ))}
      </ul>
      <p className="list-foot">
        {forEvery.length > 0 && `In every rule: ${forEvery.map(({ target }) => target).join(', ')}. `}
        {otherwise(document)}
      </p>
      {adding && (
        <AddRuleDialog
          taken={rules.map(({ key }) => key)}
          events={events}
          onClose={() => setAdding(false)}
          onAdd={(key, rule) => {
            const added = addRule(document, key, rule);
            onChange(added.document);
            onOpen(added.id);
            setAdding(false);
          }}
        />
      )}
    </section>
  );
}

function otherwise(document: JsonObject): string {
  const { defaults } = document;
  const action =
    typeof defaults === 'object' && defaults !== null ? Reflect.get(defaults, 'action') : undefined;
  return action === undefined || action === 'drop'
    ? 'All other events are not sent.'
    : `All other events: ${String(action)}.`;
}

interface RuleRowProps {
  readonly rule: RuleView;
  readonly isOpen: boolean;
  readonly onToggle: () => void;
  readonly onEnable: (enabled: boolean) => void;
  readonly children: ReactNode;
}

function RuleRow({ rule, isOpen, onToggle, onEnable, children }: RuleRowProps) {
  const classes = ['rule', isOpen ? 'rule-open' : '', rule.enabled ? '' : 'rule-off'].join(' ');
  return (
    <li className={classes}>
      <div className="rule-head">
        <Switch label={`${occasionOf(rule)}: rule is on`} checked={rule.enabled} onChange={onEnable} />
        <button type="button" className="rule-sentence" aria-expanded={isOpen} onClick={onToggle}>
          <span className="rule-occasion">{occasionOf(rule)}</span>{' '}
          <span className="rule-arrow">
            <Icon name="right" />
          </span>{' '}
          {deedOf(rule)} <span className="soft">{withWhat(rule)}</span>
        </button>
        {rule.when !== undefined ? (
          <Badge tone="info" icon="filter" title={rule.when}>
            Condition
          </Badge>
        ) : (
          <span />
        )}
      </div>
      {isOpen && children}
    </li>
  );
}
