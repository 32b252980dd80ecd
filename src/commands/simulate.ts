import { AudienceManagerSimulator, sampleCustomers } from '../simulator/index.js';
import { CommandError } from './command-error.js';
import { onSignals } from './signals.js';
import { createLogger } from '../telemetry/logs.js';
import { Redactor } from '../telemetry/redaction.js';

export interface SimulateOptions {
  readonly host: string;
  readonly port: number;
}

/** The simulated Audience Manager alone, with the sample data of the demo, until SIGTERM or SIGINT. */
export async function simulate(
  { host, port }: SimulateOptions,
  print: (text: string) => void,
): Promise<void> {
  const { customers } = sampleCustomers();
  const simulator = await AudienceManagerSimulator.start({ customers, host, port }).catch(
    (error: unknown) => {
      throw new CommandError(`The simulator cannot listen on ${host}:${port} (${codeOf(error)}).`);
    },
  );
  print(`A simulated Audience Manager is listening.

  API base URL                          ${simulator.baseUrl}
  token endpoint, password              ${simulator.passwordTokenUrl}
  token endpoint, server-to-server      ${simulator.serverToServerTokenUrl}`);
  const logger = createLogger({ redactor: new Redactor(), level: 'silent' });
  await onSignals(logger, { stop: () => simulator.stop() });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
