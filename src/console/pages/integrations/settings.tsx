/** Name, credentials and settings of an integration; saving makes a revision. It must not know any vendor. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { CatalogVendor, JsonObject, Revision, TemplateStatus } from '../../api/answers.ts';
import { ApiError } from '../../api/client.ts';
import { useRevisions, useVendor } from '../../api/queries.ts';
import {
  asSentence,
  configOf,
  type FormValues,
  formValues,
  missingValues,
  problemsByField,
} from '../../config-values.ts';
import { useApi } from '../../service.ts';
import { Button } from '../../ui/button.tsx';
import { Checks } from '../../ui/checks.tsx';
import { ConfigForm } from '../../ui/config-form.tsx';
import { Field, TextInput } from '../../ui/field.tsx';
import { say } from '../../ui/messages.tsx';
import { describe, ErrorNote, Waiting } from '../../ui/notice.tsx';
import '../library/library.css';

export function Settings({ template }: { readonly template: TemplateStatus }) {
  const vendor = useVendor(template.catalog_vendor_key);
  const revisions = useRevisions(template.id);
  if (vendor.isError) return <ErrorNote error={vendor.error} />;
  if (revisions.isError) return <ErrorNote error={revisions.error} />;
  const [newest] = revisions.data ?? [];
  if (vendor.data === undefined || newest === undefined) return <Waiting what="Loading the settings…" />;
  return (
    <div className="stack stack-wide">
      <SettingsForm key={newest.id} template={template} vendor={vendor.data} newest={newest} />
      <Rename template={template} />
    </div>
  );
}

interface SettingsFormProps {
  readonly template: TemplateStatus;
  readonly vendor: CatalogVendor;
  readonly newest: Revision;
}

function SettingsForm({ template, vendor, newest }: SettingsFormProps) {
  const api = useApi();
  const queries = useQueryClient();
  const fields = vendor.config_fields;
  const initial = formValues(fields, newest.config);
  const [values, setValues] = useState<FormValues>(initial);
  const [summary, setSummary] = useState('');
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const changed = fields.filter(({ key }) => values[key] !== initial[key]);
  const refused = (error: Error): void => {
    if (error instanceof ApiError && error.details.length > 0) setErrors(problemsByField(error.details));
  };
  const test = useMutation({
    mutationFn: (config: JsonObject) => api.testConnection(template.id, config),
    onError: refused,
  });
  const save = useMutation({
    mutationFn: (config: JsonObject) =>
      api.revise(template.id, {
        config,
        change_summary: summary.trim() || defaultSummary(changed.map(({ label }) => label)),
      }),
    onError: refused,
    onSuccess: () => {
      say({ tone: 'good', text: 'Saved. Waiting deliveries use it at once.' });
      for (const queryKey of [['templates'], ['revisions', template.id], ['attachments']])
        void queries.invalidateQueries({ queryKey });
    },
  });
  const withConfig = (run: (config: JsonObject) => void): void => {
    const missing = missingValues(fields, values);
    setErrors(missing);
    if (Object.keys(missing).length === 0) run(configOf(fields, values, newest.config));
  };
  const error = save.error ?? test.error;
  return (
    <form
      noValidate
      className="card"
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        if (!save.isPending && changed.length > 0) withConfig((config) => save.mutate(config));
      }}
    >
      <div className="card-head">
        <h2>Connection and consent</h2>
        <Button
          small
          icon="bolt"
          busy={test.isPending}
          onClick={() => withConfig((config) => test.mutate(config))}
        >
          Test connection
        </Button>
      </div>
      <div className="card-body stack settings-form">
        <ConfigForm
          fields={fields}
          values={values}
          errors={errors}
          onChange={(key, value) => setValues({ ...values, [key]: value })}
        />
        {test.data !== undefined && <Checks report={test.data} />}
        {changed.length > 0 && (
          <Field label="What changes, and why" optional help="It stands in the history.">
            {(input) => (
              <TextInput
                {...input}
                value={summary}
                maxLength={500}
                placeholder={defaultSummary(changed.map(({ label }) => label))}
                onChange={(event) => setSummary(event.target.value)}
              />
            )}
          </Field>
        )}
        {error !== null && (!(error instanceof ApiError) || error.details.length === 0) && (
          <ErrorNote error={error} />
        )}
        {Object.entries(errors)
          .filter(([key]) => !fields.some((field) => field.key === key))
          .map(([key, message]) => (
            <ErrorNote key={key} error={asSentence(message)} />
          ))}
        <div className="row">
          <Button kind="main" type="submit" busy={save.isPending} disabled={changed.length === 0}>
            Save
          </Button>
          {changed.length > 0 && (
            <Button
              kind="quiet"
              onClick={() => {
                setValues(initial);
                setErrors({});
              }}
            >
              Discard changes
            </Button>
          )}
        </div>
      </div>
    </form>
  );
}

function defaultSummary(labels: readonly string[]): string {
  return `Changed ${labels.join(', ')}`;
}

function Rename({ template }: { readonly template: TemplateStatus }) {
  const api = useApi();
  const queries = useQueryClient();
  const [name, setName] = useState(template.name);
  const rename = useMutation({
    mutationFn: () => api.patchTemplate(template.id, { name: name.trim() }),
    onSuccess: () => {
      say({ tone: 'good', text: 'Renamed.' });
      void queries.invalidateQueries({ queryKey: ['templates'] });
      void queries.invalidateQueries({ queryKey: ['attachments'] });
    },
  });
  const isSame = name.trim() === template.name || name.trim() === '';
  return (
    <form
      className="card card-body stack settings-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (!rename.isPending && !isSame) rename.mutate();
      }}
    >
      <Field label="Name" {...(rename.isError ? { error: describe(rename.error).sentence } : {})}>
        {(input) => (
          <TextInput
            {...input}
            value={name}
            maxLength={120}
            onChange={(event) => setName(event.target.value)}
          />
        )}
      </Field>
      <div className="row">
        <Button type="submit" busy={rename.isPending} disabled={isSame}>
          Rename
        </Button>
      </div>
    </form>
  );
}
