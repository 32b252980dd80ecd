import { spawn, type ChildProcess } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { killAtEnd } from '../support/kill-at-end.js';
import type { Life } from './floors.js';

/** What a process logs is waited for so long. Longer only where the machine stands still. */
const LOGGED_WITHIN_MS = 60_000;

const LISTENING = 'gateway is listening';
const RELOADED = 'configuration reloaded';
const REFUSED = 'configuration refused';

/** Logged lines that say that the gateway itself is at fault. */
const DEFECTS = /internal error|a bug in the gateway|unhandled/i;

/** One life of a gateway: the built program as a process, so that SIGKILL is what it is. */
export class GatewayProcess implements Life {
  readonly gateway: number;
  readonly startedAt = Date.now();
  /** Resolves when the process has ended. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  readonly #process: ChildProcess;
  readonly #onDefect: (line: string) => void;
  readonly #logFile: string | null;
  readonly #lines: string[] = [];
  #url: string | null = null;
  #reloads = 0;
  #refusals = 0;
  #endsAt = Infinity;
  #wasTold = false;
  #waiting = new Set<() => void>();

  /**
   * @param onDefect called with each line that says that the gateway is at fault
   * @param logs folder to keep everything in that is logged; `null`: only the last lines are kept
   */
  constructor(
    gateway: number,
    configFile: string,
    onDefect: (line: string) => void,
    logs: string | null = null,
  ) {
    this.gateway = gateway;
    this.#logFile = logs === null ? null : join(logs, `gateway-${gateway}-${this.startedAt}.log`);
    this.#onDefect = onDefect;
    const { NODE_ENV: _mode, ...env } = process.env;
    this.#process = spawn(
      process.execPath,
      [join(process.cwd(), 'dist/main.js'), 'serve', '--config', configFile],
      { env, stdio: ['ignore', 'pipe', 'pipe'] },
    );
    killAtEnd(this.#process);
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      if (stream !== null) createInterface({ input: stream }).on('line', (line) => this.#read(line));
    }
    this.ended = new Promise((resolve) => {
      this.#process.on('close', (code, signal) => {
        this.#endsAt = Math.min(this.#endsAt, Date.now());
        resolve({ code, signal });
        this.#wake();
      });
    });
  }

  /** The URL of its GraphQL endpoint. */
  get url(): string {
    return this.#url ?? '';
  }

  /** Whether requests are answered: it listens, and nobody has ended it. */
  get isUp(): boolean {
    return this.#url !== null && this.#endsAt === Infinity;
  }

  /** How often it has read its configuration again. */
  get reloads(): number {
    return this.#reloads;
  }

  /** How often it has refused its configuration and gone on with the one before. */
  get refusals(): number {
    return this.#refusals;
  }

  /** The last lines that it has logged. */
  get lastLines(): readonly string[] {
    return this.#lines;
  }

  /** Whether SIGKILL or SIGTERM was sent to it. */
  get wasToldToEnd(): boolean {
    return this.#wasTold;
  }

  /** Whether it was being ended at some time until then, so that nobody can expect an answer. */
  hasEndedBy(time: number): boolean {
    return this.#endsAt <= time;
  }

  /** Waits until it listens. @returns whether it does; else it has ended */
  async listens(): Promise<boolean> {
    return await this.until(() => this.#url !== null);
  }

  /** Waits until something holds that its log says. @returns whether it does; else it has ended, or stands still */
  async until(holds: () => boolean): Promise<boolean> {
    const deadline = Date.now() + LOGGED_WITHIN_MS;
    while (!holds()) {
      if (this.#endsAt !== Infinity || Date.now() > deadline) return false;
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1_000);
        this.#waiting.add(() => {
          clearTimeout(timer);
          resolve();
        });
      });
    }
    return true;
  }

  /** Sends a signal. After SIGKILL and SIGTERM no answers are expected any more. */
  kill(signal: 'SIGKILL' | 'SIGTERM' | 'SIGHUP'): void {
    if (signal !== 'SIGHUP') {
      this.#wasTold = true;
      this.#endsAt = Math.min(this.#endsAt, Date.now());
    }
    this.#process.kill(signal);
  }

  #read(line: string): void {
    if (this.#logFile !== null) appendFileSync(this.#logFile, `${line}\n`);
    this.#lines.push(line);
    if (this.#lines.length > 40) this.#lines.shift();
    if (DEFECTS.test(line)) this.#onDefect(line);
    if (line.includes(LISTENING)) this.#url = (JSON.parse(line) as { url: string }).url;
    if (line.includes(RELOADED)) this.#reloads += 1;
    if (line.includes(REFUSED)) this.#refusals += 1;
    this.#wake();
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = new Set();
    for (const wake of waiting) wake();
  }
}
