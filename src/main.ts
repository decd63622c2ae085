#!/usr/bin/env node
/** The program `signal`: reads the environment, composes the parts, drains on SIGTERM. It must not know how any part works. */
import { writeSync } from 'node:fs';
import pino, { type Logger } from 'pino';
import { activecampaign } from './activecampaign/destination.ts';
import { buildProgram } from './cli/program.ts';
import { type Config, loadConfig, loadSecrets, type Secrets } from './config.ts';
import { Failure } from './event/failure.ts';
import { listening } from './runtime/listening.ts';
import { type Addresses, createRuntime, type Runtime, type RuntimeOptions } from './runtime/runtime.ts';
import { VERSION } from './runtime/service-facts.ts';
import { type Sandbox, startSandbox } from './sandbox/index.ts';
import { deliveryLine, takeTour } from './tour.ts';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

function createLogger(level: string): Logger {
  if (!process.stdout.isTTY) return pino({ level });
  return pino({
    level,
    transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname', translateTime: 'HH:MM:ss' } },
  });
}

/** The service alone, for real accounts. */
async function serve(): Promise<void> {
  const config = loadConfig(process.env);
  const secrets = loadSecrets(config);
  const runtime = await createRuntime({
    config,
    secrets,
    destinations: [activecampaign],
    logger: createLogger(config.LOG_LEVEL),
    onUnconfirmed: endUnclosed,
  });
  const addresses = await runtime.start();
  const ended = untilEnded(() => runtime.stop());
  say(`Ingestion       ${addresses.ingestUrl}`);
  say(`Management API  ${addresses.adminUrl}`);
  // Its output is kept in logs, so that the token is not part of the link here.
  say(`Console         ${addresses.adminUrl}/`);
  sayKeys(config, secrets);
  await ended;
}

/** The simulated account alone, in memory. */
async function sandbox({ port }: { readonly port?: number }): Promise<void> {
  const chosen = port ?? loadConfig(process.env).SANDBOX_PORT;
  const simulated = await listening('SANDBOX', chosen, () => startSandbox({ port: chosen }));
  const ended = untilEnded(() => simulated.close());
  say(`Simulated ActiveCampaign account  ${simulated.url}/_sandbox`);
  say('API key sandbox-key · event tracking account id 1000001 · event key sandbox-event-key');
  await ended;
}

/** Everything at once, on embedded defaults. */
async function start({ tour }: { readonly tour: boolean }): Promise<void> {
  const given = loadConfig(process.env);
  const secrets = loadSecrets(given);
  const simulated = await listening('SANDBOX', given.SANDBOX_PORT, () =>
    startSandbox({ port: given.SANDBOX_PORT, stateFile: `${given.dataDir}/sandbox.json` }),
  );
  const config: Config = {
    ...given,
    ALLOWED_API_ORIGINS: [...given.ALLOWED_API_ORIGINS, simulated.url],
    EVENT_TRACKING_URL: given.EVENT_TRACKING_URL ?? `${simulated.url}/event`,
  };
  const { runtime, addresses, isFresh } = await startBeside(simulated, {
    config,
    secrets,
    destinations: [activecampaign],
    // The lines for people below say what happens; the log keeps to trouble unless a level was asked for.
    logger: createLogger(process.env['LOG_LEVEL'] === undefined ? 'warn' : config.LOG_LEVEL),
    onUnconfirmed: endUnclosed,
    onAttempt: (attempt, job) => say(deliveryLine(attempt, job)),
    sandboxUrl: simulated.url,
  });
  if (isFresh && tour) {
    await takeTour({ ...addresses, ...secrets, sandboxUrl: simulated.url, say });
    say('Deliveries, as they happen:');
  }
  const ended = untilEnded(async () => {
    say('Stopping: what is under way is brought to its end …');
    await runtime.stop();
    await simulated.close();
    say('Stopped. What still waits goes on with the next start.');
  });
  say('');
  say(`Console            ${consoleLink(addresses, secrets)}`);
  say(`Simulated account  ${simulated.url}/_sandbox      what arrived, live`);
  say(`Management API     ${addresses.adminUrl}/openapi.json`);
  say(
    `Ingestion          ${addresses.ingestUrl}               the page's client: ${addresses.ingestUrl}/d.js`,
  );
  sayKeys(config, secrets);
  say('Ctrl-C drains and stops.');
  say('');
  await ended;
}

async function startBeside(
  simulated: Sandbox,
  options: RuntimeOptions,
): Promise<{ runtime: Runtime; addresses: Addresses; isFresh: boolean }> {
  try {
    const runtime = await createRuntime(options);
    const isFresh =
      (await runtime.store.log.head()) === 0 && (await runtime.store.config.templates()).length === 0;
    return { runtime, addresses: await runtime.start(), isFresh };
  } catch (error) {
    await simulated.close();
    throw error;
  }
}

/** Signs in by itself: what follows # stays in the browser and is never sent. */
function consoleLink({ adminUrl }: Addresses, { adminToken }: Secrets): string {
  return `${adminUrl}/#token=${encodeURIComponent(adminToken)}`;
}

/** The admin token is shown when it was made just now; after that it is said where it is. */
function sayKeys(config: Config, { adminToken, adminTokenFrom, pipelineKey }: Secrets): void {
  const places = {
    new: adminToken,
    file: `in ${config.dataDir}/admin-token`,
    environment: 'as ADMIN_TOKEN says',
  };
  say(`Admin token        ${places[adminTokenFrom]}`);
  say(`Pipeline key       ${pipelineKey}`);
}

/**
 * Resolves after the first SIGINT or SIGTERM, when `drain` is done. A second signal ends at once. To be called before
 * anything is said: whoever reads it may send the signal at once.
 */
function untilEnded(drain: () => Promise<void>): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        process.off(signal, end);
        process.once(signal, () => process.exit(1));
      }
      drain().then(resolve, reject);
    };
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, end);
  });
}

/** Ends at once: `process.exit` would close the database, and with it throw away the log that is needed. */
function endUnclosed(failure: Failure): void {
  writeSync(process.stderr.fd, `${failure.message}\n`);
  process.kill(process.pid, 'SIGKILL');
}

try {
  await buildProgram({ version: VERSION, serve, sandbox, start }).parseAsync(process.argv);
  process.exit(process.exitCode ?? 0);
} catch (error) {
  // What someone can act on is a sentence; our own mistakes show where they are.
  process.stderr.write(
    `${error instanceof Failure ? error.message : error instanceof Error ? error.stack : String(error)}\n`,
  );
  process.exit(1);
}
