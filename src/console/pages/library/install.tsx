/** Installs one vendor: settings, variant, connection test, then a test event. It must not know any vendor. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useState } from 'react';
import type { CatalogVendor, Installed, JsonObject } from '../../api/answers.ts';
import { ApiError } from '../../api/client.ts';
import { useServiceInfo, useTemplates, useVendor } from '../../api/queries.ts';
import {
  asSentence,
  configOf,
  type FormValues,
  formValues,
  missingValues,
  problemsByField,
} from '../../config-values.ts';
import { to } from '../../routes.ts';
import { useApi } from '../../service.ts';
import { Page } from '../../shell/page.tsx';
import { Button, ButtonLink } from '../../ui/button.tsx';
import { Checks } from '../../ui/checks.tsx';
import { ConfigForm } from '../../ui/config-form.tsx';
import { Field, TextInput } from '../../ui/field.tsx';
import { say } from '../../ui/messages.tsx';
import { ErrorNote, Waiting } from '../../ui/notice.tsx';
import { BlueprintChoice, type BlueprintChosen } from './blueprint-choice.tsx';
import { TestEvent } from './test-event.tsx';
import './library.css';

export function Install({ vendorKey }: { readonly vendorKey: string }) {
  const vendor = useVendor(vendorKey);
  const templates = useTemplates();
  if (vendor.isPending || templates.isPending) return <Waiting what="Loading…" />;
  if (vendor.isError) {
    return (
      <Page title="Install" crumbs={[{ label: 'Library', href: to('library') }]}>
        <ErrorNote error={vendor.error} />
      </Page>
    );
  }
  const taken = (templates.data ?? []).map(({ name }) => name);
  return <InstallVendor vendor={vendor.data} taken={taken} />;
}

interface InstallVendorProps {
  readonly vendor: CatalogVendor;
  readonly taken: readonly string[];
}

function InstallVendor({ vendor, taken }: InstallVendorProps) {
  const [installed, setInstalled] = useState<Installed>();
  return (
    <Page
      title={installed === undefined ? `Install ${vendor.name}` : `${installed.template.name} is installed`}
      lead={
        installed === undefined
          ? vendor.description
          : 'Events that arrive from now on are sent there. Try it with one of your own.'
      }
      crumbs={[{ label: 'Library', href: to('library') }]}
      width="narrow"
      {...(installed === undefined
        ? {}
        : {
            actions: (
              <ButtonLink icon="blueprint" href={to('blueprint', { id: installed.template.id })}>
                Open blueprint
              </ButtonLink>
            ),
          })}
    >
      <Steps present={installed === undefined ? 0 : 1} />
      {installed === undefined ? (
        <InstallForm vendor={vendor} taken={taken} onInstalled={setInstalled} />
      ) : (
        <TestEvent installed={installed} />
      )}
    </Page>
  );
}

function Steps({ present }: { readonly present: number }) {
  return (
    <ol className="steps">
      {['Enter credentials', 'Send a test event'].map((label, index) => (
        <li key={label} className="step" aria-current={index === present ? 'step' : undefined}>
          <span className="step-number">{index + 1}</span>
          {label}
        </li>
      ))}
    </ol>
  );
}

/** The vendor's name, with a number behind it when it is taken. */
function freeName(name: string, taken: readonly string[]): string {
  if (!taken.includes(name)) return name;
  let number = 2;
  while (taken.includes(`${name} ${number}`)) number += 1;
  return `${name} ${number}`;
}

interface InstallFormProps extends InstallVendorProps {
  readonly onInstalled: (installed: Installed) => void;
}

function InstallForm({ vendor, taken, onInstalled }: InstallFormProps) {
  const api = useApi();
  const queries = useQueryClient();
  const fields = vendor.config_fields;
  const [name, setName] = useState(() => freeName(vendor.name, taken));
  const [values, setValues] = useState<FormValues>(() => formValues(fields));
  const [chosen, setChosen] = useState<BlueprintChosen>({ variant: vendor.variants[0]?.key ?? 'default' });
  const [errors, setErrors] = useState<Readonly<Record<string, string>>>({});
  const refused = (error: Error): void => {
    if (error instanceof ApiError && error.details.length > 0) showErrors(problemsByField(error.details));
  };
  const showErrors = (found: Readonly<Record<string, string>>): void => {
    setErrors(found);
    requestAnimationFrame(focusFirstError);
  };
  const test = useMutation({
    mutationFn: (config: JsonObject) => api.testNewConnection(vendor.key, config),
    onError: refused,
  });
  const install = useMutation({
    mutationFn: (config: JsonObject) =>
      api.install(vendor.key, {
        name: name.trim(),
        config,
        delivery_mode: 'server_side',
        ...('blueprint' in chosen ? { blueprint: chosen.blueprint } : { variant: chosen.variant }),
      }),
    onError: refused,
    onSuccess: (installed) => {
      say({ tone: 'good', text: `${installed.template.name} is installed.` });
      void queries.invalidateQueries({ queryKey: ['templates'] });
      void queries.invalidateQueries({ queryKey: ['attachments'] });
      onInstalled(installed);
    },
  });
  const withConfig = (run: (config: JsonObject) => void): void => {
    const missing = {
      ...missingValues(fields, values),
      ...(name.trim() === '' ? { name: 'Give it a name.' } : {}),
    };
    if (Object.keys(missing).length > 0) {
      showErrors(missing);
      return;
    }
    setErrors({});
    run(configOf(fields, values));
  };
  const error = install.error ?? test.error;
  const shownPaths = new Set(['name', ...fields.map(({ key }) => key)]);
  const others = Object.entries(errors).filter(([key]) => !shownPaths.has(key));
  return (
    <form
      noValidate
      onSubmit={(event: FormEvent) => {
        event.preventDefault();
        if (!install.isPending) withConfig((config) => install.mutate(config));
      }}
    >
      <div className="install">
        <div className="card card-body stack">
          <ConfigForm
            fields={fields}
            values={values}
            errors={errors}
            onChange={(key, value) => {
              setValues({ ...values, [key]: value });
              if (errors[key] !== undefined) setErrors(without(errors, key));
            }}
          />
          {test.data !== undefined && <Checks report={test.data} />}
          {error !== null && (!(error instanceof ApiError) || error.details.length === 0) && (
            <ErrorNote error={error} />
          )}
          {others.map(([path, message]) => (
            <ErrorNote key={path} error={`${path}: ${asSentence(message)}`} />
          ))}
          <div className="row">
            <Button kind="main" type="submit" busy={install.isPending}>
              Install
            </Button>
            <Button
              icon="bolt"
              busy={test.isPending}
              onClick={() => withConfig((config) => test.mutate(config))}
            >
              Test connection
            </Button>
          </div>
        </div>
        <div className="install-aside">
          <SandboxHint onFill={(config) => setValues({ ...values, ...config })} />
          <div className="card card-body stack">
            <Field
              label="Name"
              error={errors['name']}
              help="How you will find it here. Several accounts can be installed side by side."
            >
              {(input) => (
                <TextInput
                  {...input}
                  value={name}
                  maxLength={120}
                  onChange={(event) => setName(event.target.value)}
                />
              )}
            </Field>
            <BlueprintChoice vendor={vendor} chosen={chosen} onChoose={setChosen} />
          </div>
        </div>
      </div>
    </form>
  );
}

function without(record: Readonly<Record<string, string>>, key: string): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(record).filter(([other]) => other !== key));
}

function focusFirstError(): void {
  const first = document.querySelector('[aria-invalid="true"]');
  if (first instanceof HTMLElement) first.focus();
}

/** Where a simulated account runs beside the service, its credentials are one click away. */
function SandboxHint({ onFill }: { readonly onFill: (values: FormValues) => void }) {
  const { data } = useServiceInfo();
  const url = data?.sandbox_url;
  if (url === undefined || url === null) return null;
  return (
    <div className="card card-body stack stack-tight">
      <h2>No account at hand?</h2>
      <p className="soft small">
        A simulated account runs beside this service. It behaves like a real one and costs nothing.
      </p>
      <div>
        <Button
          small
          onClick={() =>
            onFill({
              api_url: url,
              api_key: 'sandbox-key',
              event_tracking_account_id: '1000001',
              event_tracking_key: 'sandbox-event-key',
            })
          }
        >
          Fill in the simulated account
        </Button>
      </div>
    </div>
  );
}
