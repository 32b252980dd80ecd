import { pino, stdSerializers, type Logger } from 'pino';
import { printable } from '../base/printable.js';
import { batchingSink } from './batching-sink.js';
import type { LogLevel } from './log-levels.js';
import type { LogSink } from './log-sink.js';
import { redactProperties } from './property-redaction.js';
import type { Redactor } from './redaction.js';
import type { Tracing } from './tracing.js';
import { terminalSink } from './terminal-sink.js';

export type { Logger } from 'pino';
export type { LogLevel } from './log-levels.js';
export type { LogSink } from './log-sink.js';

export interface LogOptions {
  /** Knows the secrets to remove from every line. */
  readonly redactor: Redactor;
  /** Default: standard output; coloured text if that is a terminal, else JSON. */
  readonly sink?: LogSink;
  /** The least severe level that is logged. Default: `info`. */
  readonly level?: LogLevel;
  /** Names the span in which a line is written. */
  readonly tracing?: Tracing;
  /** Fields of every line. Default: none. */
  readonly base?: Readonly<Record<string, unknown>>;
}

/**
 * Creates a logger that writes JSON lines without secrets: first the values of properties with secret names
 * are redacted, then known secret values anywhere in the finished line. What would change what a terminal shows is escaped.
 */
export function createLogger(options: LogOptions): Logger {
  const target =
    options.sink ?? (process.stdout.isTTY ? terminalSink(process.stdout) : batchingSink(process.stdout));
  const { redactor, tracing } = options;
  return pino(
    {
      level: options.level ?? 'info',
      base: options.base ?? null,
      ...(tracing?.isOn === true ? { mixin: () => tracing.logFields() } : {}),
      timestamp: isoTime(),
      formatters: {
        level: (label) => ({ level: label }),
        bindings: (bindings) => redactProperties(bindings),
        log: (line) => redactProperties(line),
      },
      serializers: { err: (error: Error) => redactProperties(stdSerializers.err(error)) },
    },
    {
      write: (line: string) => {
        // JSON itself escapes C0 control characters alone.
        target.write(printable(redactor.redact(line)));
      },
    },
  );
}

/** As pino's `isoTime`, but the text is formatted once per millisecond instead of once per line. */
function isoTime(): () => string {
  let formattedAt = Number.NaN;
  let text = '';
  return () => {
    const now = Date.now();
    if (now !== formattedAt) text = `,"time":"${new Date(now).toISOString()}"`;
    formattedAt = now;
    return text;
  };
}
