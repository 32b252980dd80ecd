import { createRequire } from 'node:module';
import type { PinoPretty as PinoPrettyStream } from 'pino-pretty';
import { isUnprintable } from '../base/printable.js';
import type { LogSink } from './log-sink.js';

/** A sink that formats JSON log lines with colours for reading at a terminal. */
export function terminalSink(terminal: NodeJS.WritableStream): LogSink {
  // Loaded here, because production does not need it.
  const { PinoPretty } = createRequire(import.meta.url)('pino-pretty') as {
    PinoPretty: typeof PinoPrettyStream;
  };
  const pretty = PinoPretty({
    colorize: true,
    destination: terminal,
    sync: true,
    ignore: 'pid,hostname',
    translateTime: 'HH:MM:ss',
  });
  return { write: (line) => pretty.write(withEscapesAsText(line)) };
}

/** Matches an escape in JSON: a backslash and what belongs to it. */
const ESCAPE = /\\(?:u([\da-f]{4})|.)/gi;

/**
 * Turns the escapes of characters that must not reach a terminal into text of the same look: the formatter prints what
 * escapes stand for, and leaves text as it is.
 */
function withEscapesAsText(line: string): string {
  return line.replaceAll(ESCAPE, (escape, code: string | undefined) => {
    const character =
      code === undefined ? CHARACTERS[escape] : String.fromCharCode(Number.parseInt(code, 16));
    return character !== undefined && isUnprintable(character) ? `\\${escape}` : escape;
  });
}

/** What the short escapes of JSON stand for, as far as it is a control character. */
const CHARACTERS: Readonly<Record<string, string>> = { '\\b': '\b', '\\f': '\f', '\\r': '\r' };
