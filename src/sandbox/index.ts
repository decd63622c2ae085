/** The door of the sandbox: a simulated ActiveCampaign account on a loopback port. It must not know anything of ours. */
export type { AccountView, ContactView } from './control/account-view.ts';
export type { FaultName, FaultRule } from './http/faults.ts';
export type { RequestRecord } from './http/request-log.ts';
export { type Sandbox, type SandboxOptions, startSandbox } from './sandbox.ts';
export { type Settings, SWITCHES } from './settings.ts';
