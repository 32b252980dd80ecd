import { Transform, type TransformCallback } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { INVALID_REQUEST, PARSE_ERROR } from './json-rpc.js';
import { refusedSubscription } from './subscriptions.js';

/** Maximum length of a line that is looked at, in characters. The library ends the connection before a message is so long. */
const MAX_LINE = 16 * 1024 * 1024;

/** Why a line is no message, as an error of JSON-RPC. */
export interface LineMistake {
  readonly code: number;
  readonly message: string;
}

/**
 * Passes on the lines that can be messages. The library of the protocol drops the other ones without a word, so that whoever has sent
 * one waits for ever.
 *
 * @param onMistake is told of each line that is left out
 * @param answer gets the answer to a message that is left out, because there is nothing that it could ask for
 * @param answered resolves when all that were passed on are answered: only then does the stream end
 */
export function messageLines(
  onMistake: (mistake: LineMistake) => void,
  answer: (refusal: object) => void,
  answered: () => Promise<void>,
): Transform {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  const pass = (stream: Transform, text: string): void => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const mistake = mistakeIn(line);
      const refusal =
        mistake === null && line.includes('subscriptions') ? refusedSubscription(JSON.parse(line)) : null;
      if (mistake !== null) onMistake(mistake);
      else if (refusal !== null) answer(refusal);
      else stream.push(`${line}\n`);
    }
    if (rest.length <= MAX_LINE) return;
    stream.push(rest);
    rest = '';
  };
  return new Transform({
    transform(part: Buffer, _encoding, done: TransformCallback) {
      pass(this, decoder.write(part));
      done();
    },
    flush(done: TransformCallback) {
      // Also a last line without an end.
      pass(this, `${decoder.end()}\n`);
      answered().then(() => done(), done);
    },
  });
}

function mistakeIn(line: string): LineMistake | null {
  if (line.trim() === '') return null;
  let message: unknown;
  try {
    message = JSON.parse(line);
  } catch {
    return { code: PARSE_ERROR, message: 'This line is not valid JSON.' };
  }
  if (Array.isArray(message)) {
    return {
      code: INVALID_REQUEST,
      message: 'Lists of messages are not accepted here; send one message in each line.',
    };
  }
  return isMessage(message)
    ? null
    : { code: INVALID_REQUEST, message: 'This is no message of JSON-RPC 2.0.' };
}

/** Whether it has the form of a request, a notification or an answer. */
function isMessage(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { jsonrpc, id, method, params, result, error } = value as Readonly<Record<string, unknown>>;
  if (jsonrpc !== '2.0' || !['undefined', 'string', 'number'].includes(typeof id)) return false;
  if (method === undefined) return result !== undefined || error !== undefined;
  return (
    typeof method === 'string' && (params === undefined || (typeof params === 'object' && params !== null))
  );
}
