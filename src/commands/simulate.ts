import { AudienceManagerSimulator, sampleCustomers } from '../simulator/index.js';
import { createLogger } from '../telemetry/logs.js';
import { Redactor } from '../telemetry/redaction.js';
import { CommandError } from './command-error.js';
import { runUntilSignal } from './run-until-signal.js';
import type { Signals } from './signals.js';

/** Flags of `aam-gateway simulate`. */
export interface SimulateOptions {
  readonly host: string;
  readonly port: number;
}

/** Runs the simulated Audience Manager with the sample data of the demo, until SIGTERM or SIGINT. */
export async function simulate(
  { host, port }: SimulateOptions,
  print: (text: string) => void,
  signals: Signals,
): Promise<void> {
  const { customers } = sampleCustomers();
  const simulator = await AudienceManagerSimulator.start({ customers, host, port }).catch(
    (error: unknown) => {
      const address = `${host}:${port} (${codeOf(error)})`;
      throw new CommandError(`The simulator cannot listen on ${address}: choose another --host or --port.`);
    },
  );
  print(`A simulated Audience Manager is running.

  API base URL                          ${simulator.baseUrl}
  token endpoint, password              ${simulator.passwordTokenUrl}
  token endpoint, server-to-server      ${simulator.serverToServerTokenUrl}

Press Ctrl+C to stop it.`);
  const logger = createLogger({ redactor: new Redactor(), level: 'silent' });
  await runUntilSignal(logger, { stop: () => simulator.stop() }, signals);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
