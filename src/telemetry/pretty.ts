import { PinoPretty } from 'pino-pretty';
import type { LogSink } from './logs.js';

/** Turns JSON log lines into coloured ones for a person at a terminal. */
export function pinoPretty(terminal: NodeJS.WritableStream): LogSink {
  return PinoPretty({
    colorize: true,
    destination: terminal,
    sync: true,
    ignore: 'pid,hostname',
    translateTime: 'HH:MM:ss',
  });
}
