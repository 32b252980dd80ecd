import { pino, stdSerializers, type Logger } from 'pino';
import { pinoPretty } from './pretty.js';
import type { Redactor } from './redaction.js';
import { withoutSecretProperties } from './secret-properties.js';

export type { Logger } from 'pino';

/** Where log lines go: anything with a `write`. */
export interface LogSink {
  write(line: string): void;
}

export interface LogOptions {
  readonly redactor: Redactor;
  /** Default: standard output, pretty when that is a terminal. */
  readonly sink?: LogSink;
  readonly level?: LogLevel;
}

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/**
 * A JSON logger whose lines hold no secret: blanked out by name (of properties that are secret) and,
 * behind that, by value in the finished line.
 */
export function createLogger(options: LogOptions): Logger {
  const target =
    options.sink ?? (process.stdout.isTTY ? pinoPretty(process.stdout) : inBatches(process.stdout));
  const { redactor } = options;
  return pino(
    {
      level: options.level ?? 'info',
      base: null,
      timestamp: isoTime(),
      formatters: {
        level: (label) => ({ level: label }),
        bindings: (bindings) => withoutSecretProperties(bindings),
        log: (line) => withoutSecretProperties(line),
      },
      serializers: { err: (error: Error) => withoutSecretProperties(stdSerializers.err(error)) },
    },
    {
      write: (line: string) => {
        target.write(redactor.redact(line));
      },
    },
  );
}

/** As pino has it, but one text serves all lines of a millisecond. */
function isoTime(): () => string {
  let moment = Number.NaN;
  let text = '';
  return () => {
    const now = Date.now();
    if (now !== moment) text = `,"time":"${new Date(now).toISOString()}"`;
    moment = now;
    return text;
  };
}

/** Longer batches are written at once, in characters. */
const MAX_BATCH_LENGTH = 64 * 1024;

/**
 * Writes the lines of one turn of the event loop together: a line each would cost a system call each. What is
 * left when the process ends is written then.
 */
export function inBatches(target: LogSink): LogSink {
  let batch = '';
  let isScheduled = false;
  const flush = (): void => {
    isScheduled = false;
    process.off('exit', flush);
    if (batch === '') return;
    const lines = batch;
    batch = '';
    target.write(lines);
  };
  return {
    write: (line) => {
      batch += line;
      if (batch.length >= MAX_BATCH_LENGTH) flush();
      else if (!isScheduled) {
        isScheduled = true;
        process.once('exit', flush);
        setImmediate(flush);
      }
    },
  };
}
