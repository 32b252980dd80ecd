import type { Worker } from 'node:cluster';
import { systemClock } from '../../base/clock.js';
import { programVersion } from '../../base/program-files.js';
import { configFilePath, configSecrets } from '../../config/index.js';
import { createLogger } from '../../telemetry/logs.js';
import type { Redactor } from '../../telemetry/redaction.js';
import { terminalSink } from '../../telemetry/terminal-sink.js';
import { reportNotReloaded } from '../reload-gateway.js';
import { runUntilSignal } from '../run-until-signal.js';
import type { ServeOptions } from '../serve.js';
import { endSoon, type Signals } from '../signals.js';
import { WatchedConfig } from '../watched-config.js';
import { keepDatabase } from './kept-file.js';
import { SharedState } from './shared-state.js';
import { WorkerPool, StartFailed, forkWorkers } from './worker-pool.js';
import { passWholeLines } from './whole-lines.js';

/**
 * Runs the gateway as several processes at one address, until SIGTERM or SIGINT. This one, the primary, answers nothing
 * itself: it passes connections on, and keeps what all have in common. SIGHUP reloads the configuration; SIGUSR2 replaces
 * the processes one after the other.
 */
export async function serveWithWorkers(
  options: ServeOptions,
  workers: number,
  redactor: Redactor,
  signals: Signals,
): Promise<void> {
  const replacing = new Replacing();
  process.on('SIGUSR2', () => replacing.request());
  const { insecure, logLevel = 'info' } = options;
  const watched = new WatchedConfig(configFilePath(options.config), { insecure }, systemClock);
  const config = await signals.unlessStopped(watched.load());
  if (config === null) {
    endSoon();
    return;
  }
  for (const secret of configSecrets(config)) redactor.add(secret);
  const logger = createLogger({ redactor, level: logLevel });
  const keeping = keepDatabase(config.storage, { now: systemClock.now(), logger });
  const file = await signals.unlessStopped(keeping);
  if (signals.stopping.aborted) {
    // It may be there in the last moment.
    keeping.then((kept) => kept?.release()).catch(() => undefined);
    endSoon();
    return;
  }
  const fork = forkWorkers();
  const isTerminal = process.stdout.isTTY;
  const pool = new WorkerPool({
    config,
    workers,
    begin: { version: programVersion, logLevel, file: file?.begin ?? null, isTerminal },
    shared: new SharedState({ config, clock: systemClock, random: Math.random, logger }),
    clock: systemClock,
    logger,
    fork: () => withItsOutput(fork()),
  });
  // Whoever stops the gateway during its start does not wait for what cannot be reached.
  signals.stopping.addEventListener('abort', () => void pool.stop());
  const load = async (): Promise<void> => {
    try {
      const changed = await watched.load();
      for (const secret of configSecrets(changed)) redactor.add(secret);
      await pool.reload(changed);
    } catch (error) {
      pool.notReloaded(reportNotReloaded(error, logger));
    }
  };
  try {
    await pool.start();
    logger.info({ workers, pid: process.pid }, 'the gateway runs as several processes');
    const running = runUntilSignal(
      logger,
      {
        stop: async () => {
          watched.stop();
          await pool.stop();
        },
        reload: load,
        watch: (requestReload) => watched.start(requestReload),
      },
      signals,
    );
    replacing.listen(() => pool.replaceAll());
    await Promise.race([running, pool.failed]);
  } catch (error) {
    if (!(error instanceof StartFailed)) throw error;
    const isStopping = signals.stopping.aborted as boolean;
    // One that has ended by itself has printed why.
    if (!isStopping && error.signal !== null) logger.error({ signal: error.signal }, error.message);
    process.exitCode = isStopping ? 0 : error.exitCode;
  } finally {
    await pool.stop();
    file?.release();
    endSoon();
  }
}

function withItsOutput(worker: Worker): Worker {
  const { stdout, stderr } = worker.process;
  const terminal = process.stdout.isTTY ? terminalSink(process.stdout) : null;
  if (stdout !== null) {
    passWholeLines(stdout, (lines) => {
      if (terminal === null) process.stdout.write(lines);
      // The formatter takes one line at a time.
      else for (const line of lines.toString().split(/(?<=\n)/)) terminal.write(line);
    });
  }
  if (stderr !== null) passWholeLines(stderr, (lines) => process.stderr.write(lines));
  return worker;
}

/** Replaces workers when that is asked for, never twice at the same time. */
class Replacing {
  #replace: (() => Promise<void>) | null = null;
  #isDue = false;
  #isRunning = false;

  request(): void {
    this.#isDue = true;
    void this.#run();
  }

  /** Takes over; what was asked for before is done now. */
  listen(replace: () => Promise<void>): void {
    this.#replace = replace;
    void this.#run();
  }

  async #run(): Promise<void> {
    if (this.#replace === null || this.#isRunning) return;
    this.#isRunning = true;
    while (this.#isDue) {
      this.#isDue = false;
      await this.#replace();
    }
    this.#isRunning = false;
  }
}
