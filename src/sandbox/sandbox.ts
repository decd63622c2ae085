/** Puts a simulated account together: state, limits, faults, REST API, tracking and control behind one port. */
import { API_KEY, API_PATH, Api } from './api/api.ts';
import type { Context } from './context.ts';
import { type AccountView, accountView } from './control/account-view.ts';
import { Control } from './control/control.ts';
import { Live } from './control/live.ts';
import { controlRoutes } from './control/routes.ts';
import { type Answer, type Call, jsonAnswer } from './http/exchange.ts';
import { type FaultRule, Faults, parseFaults } from './http/faults.ts';
import { RequestLog, type RequestRecord } from './http/request-log.ts';
import { type Desk, listen } from './http/server.ts';
import { ImportWorker } from './import-worker.ts';
import { Limits } from './limits.ts';
import type { Connection } from './page/document.ts';
import { DEFAULT_SETTINGS, fittingSettings, parseSettings, type Settings } from './settings.ts';
import { furnish } from './state/furnish.ts';
import { Journal } from './state/journal.ts';
import { AccountState } from './state/state.ts';
import { ACCOUNT_ID, EVENT_KEY, TRACKING_PATH, trackingAnswer } from './tracking.ts';
import { type ZoneDates, zoneDates } from './zone.ts';

export interface SandboxOptions {
  /** On 127.0.0.1; 0, the default, takes a free one. */
  readonly port?: number;
  readonly settings?: Partial<Settings>;
  /** Keeps the account in this file, each change before the answer to it leaves. Without it the account is in memory only. */
  readonly stateFile?: string;
  /** Milliseconds since 1970; the system's clock by default. */
  readonly now?: () => number;
}

/** A running simulated account. */
export interface Sandbox {
  /** `http://127.0.0.1:PORT`; the API is below `/api/3`, the tracking endpoint is `/event`. */
  readonly url: string;
  readonly port: number;
  /** The account as it is now. */
  account(): AccountView;
  /** Requests that arrived at or after `sinceMs`, oldest first, keys masked. */
  requests(sinceMs?: number): readonly RequestRecord[];
  /** Adds fault rules; throws where one does not fit. `faults([])` adds none and is harmless. */
  faults(rules: readonly FaultRule[]): void;
  clearFaults(): void;
  /** Changes settings; throws where a name or a value does not fit. */
  settings(changes: Partial<Settings>): void;
  /** An empty account, as freshly started: no rows, faults or requests, full limits, the settings of the start. */
  reset(): void;
  close(): Promise<void>;
}

/**
 * Starts a simulated account. Throws where the port is taken, the state file cannot be used, or a setting does not fit.
 */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const simulation = new Simulation(options);
  const listening = await listen(simulation, options.port ?? 0);
  const url = `http://127.0.0.1:${listening.port}`;
  simulation.url = url;
  return {
    url,
    port: listening.port,
    account: () => simulation.account(),
    requests: (sinceMs) => simulation.log.since(sinceMs),
    faults: (rules) => simulation.addFaults(rules),
    clearFaults: () => simulation.faults.clear(),
    settings: (changes) => simulation.setSettings(changes),
    reset: () => simulation.reset(),
    close: async () => {
      simulation.live.close();
      await listening.close();
      simulation.close();
    },
  };
}

/** Everything of one account that lives as long as it runs. */
class Simulation implements Desk {
  readonly log = new RequestLog();
  readonly faults = new Faults();
  readonly live = new Live();
  url = '';
  readonly #state = new AccountState();
  readonly #limits = new Limits();
  readonly #journal: Journal | undefined;
  readonly #initial: Settings;
  readonly #context: Context;
  readonly #api: Api;
  readonly #control: Control;
  readonly #imports: ImportWorker;
  #settings: Settings;
  #dates: ZoneDates;

  constructor({ settings = {}, stateFile, now = Date.now }: SandboxOptions) {
    this.#initial = { ...DEFAULT_SETTINGS, ...checked(settings) };
    this.#journal = stateFile === undefined ? undefined : Journal.open(stateFile, this.#state);
    this.#settings = { ...DEFAULT_SETTINGS, ...fittingSettings(this.#journal?.settings), ...settings };
    this.#dates = zoneDates(this.#settings.time_zone);
    this.#context = {
      state: this.#state,
      settings: () => this.#settings,
      changeSettings: (changes) => this.setSettings(changes),
      now,
      dates: () => this.#dates,
      link: (path) => this.url + API_PATH + path,
    };
    this.#imports = new ImportWorker(this.#context, () => this.settle());
    this.#api = new Api(this.#context, this.#limits);
    const { faults, log } = this;
    const routes = controlRoutes({
      context: this.#context,
      faults,
      log,
      reset: () => this.reset(),
      connection: () => this.#connection(),
    });
    this.#control = new Control(routes, (response) => this.live.join(response));
    this.#state.onChange(() => this.live.changed());
    furnish(this.#context);
    this.#imports.run();
    this.settle();
  }

  account(): AccountView {
    this.#imports.run();
    return accountView(this.#context);
  }

  addFaults(rules: readonly FaultRule[]): void {
    const parsed = parseFaults({ rules });
    if (!parsed.ok) throw new TypeError(parsed.problems.join(' '));
    this.faults.add(parsed.rules);
  }

  setSettings(changes: Partial<Settings>): void {
    this.#settings = { ...this.#settings, ...checked(changes) };
    this.#dates = zoneDates(this.#settings.time_zone);
    this.#journal?.saveSettings(this.#settings);
    this.#journal?.flush();
    this.live.changed();
  }

  reset(): void {
    this.#state.clear();
    this.#journal?.restart();
    furnish(this.#context);
    this.#limits.reset();
    this.faults.clear();
    this.log.clear();
    this.setSettings(this.#initial);
  }

  async control(...[call, response]: Parameters<Desk['control']>): Promise<boolean> {
    this.#imports.run();
    const isOurs = this.#control.handle(call, response);
    if (isOurs) this.settle();
    return isOurs;
  }

  arrive(call: Call): ReturnType<Desk['arrive']> {
    const finish = this.log.arrive(call, this.#context.now());
    const effect = this.faults.meet(call.method, call.path);
    return {
      effect,
      finish: (status) => {
        finish(status, effect?.effect);
        this.live.changed();
      },
    };
  }

  async answer(call: Call): Promise<Answer> {
    this.#imports.run();
    if (call.path.startsWith(`${API_PATH}/`)) return this.#api.answer(call);
    if (call.path === TRACKING_PATH && call.method === 'POST')
      return trackingAnswer(this.#context, this.#limits, call);
    return jsonAnswer(404, { message: `The simulated account has nothing at ${call.path}` });
  }

  #connection(): Connection {
    return { url: this.url, key: API_KEY, trackingAccount: ACCOUNT_ID, eventKey: EVENT_KEY };
  }

  now(): number {
    return this.#context.now();
  }

  settle(): void {
    this.#imports.arm();
    this.#journal?.flush();
  }

  close(): void {
    this.#imports.close();
    this.#journal?.close();
  }
}

function checked(settings: Partial<Settings>): Partial<Settings> {
  const parsed = parseSettings(settings);
  if (!parsed.ok) throw new TypeError(parsed.problems.join(' '));
  return parsed.changes;
}
