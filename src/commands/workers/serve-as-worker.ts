import cluster from 'node:cluster';
import { systemClock } from '../../base/clock.js';
import { programVersion } from '../../base/program-files.js';
import { Gateway } from '../../gateway.js';
import type { Redactor } from '../../telemetry/redaction.js';
import { CommandError } from '../command-error.js';
import { reloadGateway } from '../reload-gateway.js';
import { endSoon } from '../signals.js';
import { QUIET_MS, startGateway } from '../start-gateway.js';
import { stopDelayMs } from '../stop-delay.js';
import { Channel, type ChannelEnd } from './channel.js';
import type { PrimaryRequests, WorkerRequests } from './protocol.js';
import { WorkerPeers } from './worker-peers.js';

/**
 * How long a worker that was replaced answers on the connections that it has, in milliseconds. Clients that use theirs
 * have moved on by then; on the others, nothing is on its way.
 */
const LEAVING_MS = 3_000;

/** A terminal, and some service managers, send these to all processes of a group. A worker obeys the primary alone. */
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const;

/** Runs one of several gateways that answer at the same address, until the primary says so or ends. */
export async function serveAsWorker(redactor: Redactor): Promise<void> {
  const { worker } = cluster;
  if (worker === undefined) throw new CommandError('--worker is for processes of aam-gateway itself.', 2);
  for (const signal of SIGNALS) process.on(signal, () => undefined);
  try {
    await serve(process as unknown as ChannelEnd, redactor);
  } finally {
    worker.disconnect();
    endSoon();
  }
}

async function serve(primary: ChannelEnd, redactor: Redactor): Promise<void> {
  const stopping = new AbortController();
  const told: { why: Parameters<WorkerRequests['stop']>[0] } = { why: 'signal' };
  let peers: WorkerPeers | null = null;
  let gateway: Gateway | null = null;
  const channel = new Channel<PrimaryRequests, WorkerRequests>(primary, {
    stop: (why) => {
      told.why = why;
      stopping.abort(new Error('stopped by the primary'));
    },
    reload: async (config) => {
      if (gateway !== null) await reloadGateway(gateway, () => config, stopping.signal);
    },
    notReloaded: (outcome) => peers?.handlers.notReloaded(outcome),
    committed: (version) => peers?.handlers.committed(version),
    wanted: (wanted) => peers?.handlers.wanted(wanted),
    ping: () => undefined,
    paused: (reason) => peers?.handlers.paused(reason),
    metrics: async (argument) => (await peers?.handlers.metrics(argument)) ?? [],
  });
  const start = await channel.call('begin', null);
  const { config, logLevel, isTerminal, version } = start;
  if (version !== programVersion) {
    throw new CommandError(
      `The program is now version ${programVersion}, but the gateway runs version ${version}: restart the gateway.`,
    );
  }
  peers = new WorkerPeers(channel, start, systemClock);
  const options = { logLevel, redactor, peers, quietMs: QUIET_MS };
  gateway = await startGateway(
    (signal) => Gateway.start(config, { ...options, signal }),
    { stopping: stopping.signal },
    config.shutdown.limitMs,
  );
  if (gateway === null) return;
  const { logger, metrics } = gateway;
  process.prependListener('uncaughtException', (error) => {
    logger.fatal({ err: error }, 'the gateway exits because of an internal error');
  });
  channel.tell('ready', null);
  await aborted(stopping.signal);
  const isReplaced = told.why === 'replaced';
  const delayMs = isReplaced ? LEAVING_MS : stopDelayMs(config, gateway.access, isTerminal);
  await gateway.stop({ delayMs, isReplaced });
  await channel.call('ending', await metrics.snapshot());
}

function aborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
