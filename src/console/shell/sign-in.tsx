/** Asks for the admin token and tries it. It must not keep it anywhere itself. */
import { type FormEvent, useState } from 'react';
import { ApiError, createClient } from '../api/client.ts';
import mark from '../mark.svg';
import type { Session } from '../session.ts';
import { Button } from '../ui/button.tsx';
import { Field, SecretInput } from '../ui/field.tsx';
import { Note } from '../ui/notice.tsx';

export function SignIn({ session }: { readonly session: Session }) {
  const [token, setToken] = useState('');
  const [error, setError] = useState<string>();
  const [busy, setBusy] = useState(false);
  const submit = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    const given = token.trim();
    if (given === '') return setError('Paste the token first.');
    setBusy(true);
    const refusal = await tryToken(given);
    setBusy(false);
    if (refusal === undefined) session.signIn(given);
    else setError(refusal);
  };
  return (
    <main className="sign-in">
      <form className="card" onSubmit={submit}>
        <div className="row">
          <img src={mark} alt="" width="32" height="32" />
          <h1>Sign in to Signal</h1>
        </div>
        {session.reason() !== undefined && <Note tone="wait">{session.reason()}</Note>}
        <Field
          label="Admin token"
          error={error}
          help={
            <>
              It was printed when the service started for the first time, and stands in the file{' '}
              <code>admin-token</code> of the data folder.
            </>
          }
        >
          {(input) => (
            <SecretInput
              {...input}
              name="token"
              autoFocus
              value={token}
              onChange={(event) => setToken(event.target.value)}
            />
          )}
        </Field>
        <Button kind="main" type="submit" busy={busy}>
          Sign in
        </Button>
      </form>
    </main>
  );
}

/** Why the token cannot be used, or undefined when it can. */
async function tryToken(token: string): Promise<string | undefined> {
  const client = createClient({
    token: () => token,
    onRefused: () => {},
    fetch: (...given) => fetch(...given),
  });
  try {
    await client.call('GET', '/pipelines', { query: { limit: 1 } });
    return undefined;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    return error.status === 401 ? 'This token is not valid. Check that all of it was pasted.' : error.message;
  }
}
