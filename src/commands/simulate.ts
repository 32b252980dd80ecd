import { AudienceManagerSimulator, sampleCustomers } from '../simulator/index.js';
import { createLogger } from '../telemetry/logs.js';
import { Redactor } from '../telemetry/redaction.js';
import { CommandError } from './command-error.js';
import { runUntilSignal } from './run-until-signal.js';
import { planOutbound, sendOutbound, type OutboundFlags } from './simulate-outbound.js';
import type { Signals } from './signals.js';

/** Flags of `aam-gateway simulate`. */
export interface SimulateOptions extends OutboundFlags {
  readonly host: string;
  readonly port: number;
}

/**
 * Runs the simulated Audience Manager with the sample data of the demo, until SIGTERM or SIGINT. It sends what it is told
 * to send once it is running, so that its history lists it.
 */
export async function simulate(
  options: SimulateOptions,
  print: (text: string) => void,
  signals: Signals,
): Promise<void> {
  const { host, port } = options;
  const { customers } = sampleCustomers();
  const plan = await planOutbound(options, customers, process.env);
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
  const running = runUntilSignal(logger, { stop: () => simulator.stop() }, signals);
  if (plan === null) {
    await running;
    return;
  }
  // What cannot be sent ends the command.
  const sending = sendOutbound(simulator, plan, print, signals.stopping);
  try {
    await Promise.all([running, sending]);
  } finally {
    await simulator.stop();
  }
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
