import { pino, type Logger } from 'pino';
import { pinoPretty } from './pretty.js';
import type { Redactor } from './redaction.js';

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

/** Names of properties whose values are secret wherever they turn up in a logged object. */
const SECRET_PROPERTIES = [
  'password',
  'clientSecret',
  'authorization',
  'access_token',
  'refresh_token',
  'accessToken',
  'refreshToken',
  '["x-api-key"]',
  'cookie',
];

/**
 * A JSON logger whose lines hold no secret: blanked out by path (properties that are secret by name) and,
 * behind that, by value in the finished line.
 */
export function createLogger(options: LogOptions): Logger {
  const target = options.sink ?? (process.stdout.isTTY ? pinoPretty(process.stdout) : process.stdout);
  const { redactor } = options;
  return pino(
    {
      level: options.level ?? 'info',
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_PROPERTIES.flatMap(pathsOf), censor: '[redacted]' },
    },
    {
      write: (line: string) => {
        target.write(redactor.redact(line));
      },
    },
  );
}

/** pino redacts by path, not by name at any depth: these are the depths that log objects here have. */
function pathsOf(property: string): string[] {
  const join = (prefix: string): string =>
    property.startsWith('[') ? prefix + property : `${prefix}.${property}`;
  return [property, join('*'), join('*.*'), join('*.*.*')];
}
