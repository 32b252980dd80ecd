import { createRequire } from 'node:module';
import type { PinoPretty as PinoPrettyStream } from 'pino-pretty';
import type { LogSink } from './log-sink.js';

/** A sink that formats JSON log lines with colours for reading at a terminal. */
export function terminalSink(terminal: NodeJS.WritableStream): LogSink {
  // Loaded here, because production does not need it.
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
