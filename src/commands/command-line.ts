import { availableParallelism } from 'node:os';
import { InvalidArgumentError, type Command } from 'commander';
import type { Redactor } from '../telemetry/redaction.js';

/** What the declarations of the commands share. */
export interface CommandLine {
  /** Declares a command, with `--help` and `--version`. */
  readonly command: (name: string, about: string) => Command;
  /** Prints a line to standard output. */
  readonly print: (text: string) => void;
  /** Prints a line to standard error, without secrets. */
  readonly warn: (text: string) => void;
  /**
   * Writes data. A file or another program gets it unchanged; at a terminal it is escaped.
   *
   * @returns a promise that resolves when standard output has accepted the data, so that a long export does not fill the memory
   */
  readonly write: (data: string | Uint8Array) => Promise<void>;
  /** Collects the secrets of the running command, so that they can be removed from error messages. */
  readonly redactor: Redactor;
}

/** Flags and description of `--config`. */
export const CONFIG_FLAG = [
  '-c, --config <file>',
  'the configuration file (default: $GATEWAY_CONFIG, else ./gateway.yaml)',
] as const;

/** Maximum number of workers: more than any machine has cores to make use of. */
const MAX_WORKERS = 256;

export function parseWorkers(text: string): number {
  if (text === 'auto') return availableParallelism();
  const workers = /^\d{1,3}$/.test(text) ? Number(text) : 0;
  if (workers >= 1 && workers <= MAX_WORKERS) return workers;
  throw new InvalidArgumentError(`It is a number from 1 to ${MAX_WORKERS}, or auto.`);
}

export function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a number from 0 to 65535.');
}
