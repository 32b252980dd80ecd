import { createRequire } from 'node:module';
import type { PinoPretty as PinoPrettyStream } from 'pino-pretty';
import type { LogSink } from './logs.js';

/** Turns JSON log lines into coloured ones for a person at a terminal. */
export function pinoPretty(terminal: NodeJS.WritableStream): LogSink {
  // Loaded when it is needed, which in production it is not.
  const { PinoPretty } = createRequire(import.meta.url)('pino-pretty') as {
    PinoPretty: typeof PinoPrettyStream;
  };
  return PinoPretty({
    colorize: true,
    destination: terminal,
    sync: true,
    ignore: 'pid,hostname',
    translateTime: 'HH:MM:ss',
  });
}
