import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** Handles a request. */
export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** The requests of one connection. */
interface Line {
  /** The response to the request that was handled last. */
  current: ServerResponse;
  /** Requests that were sent before the response to the one before them was complete (pipelining). */
  readonly waiting: { readonly request: IncomingMessage; readonly response: ServerResponse }[];
}

/** Maximum number of waiting requests of one connection. A client that sends more is disconnected. */
const MAX_WAITING = 100;

/**
 * Handles the requests of each connection one at a time. A request waits until the response before its own has been
 * sent, so a connection holds at most one response in memory, however many requests are sent at once. Requests that
 * wait when the client disconnects are dropped.
 *
 * @param onFirst called for the first request of a connection
 * @param onFlood called when a connection is closed because too many of its requests wait
 */
export function oneAtATime(
  handle: Handler,
  onFirst: (socket: Socket) => void,
  onFlood: (socket: Socket) => void,
): Handler {
  const lines = new WeakMap<Socket, Line>();

  const handleNext = (line: Line): void => {
    const next = line.waiting.shift();
    if (next === undefined) return;
    const { request, response } = next;
    if (request.socket.destroyed) {
      line.waiting.length = 0;
      return;
    }
    line.current = response;
    if (line.waiting.length > 0) response.once('close', () => handleNext(line));
    handle(request, response);
  };

  return (request, response) => {
    const { socket } = request;
    const line = lines.get(socket);
    if (line === undefined) {
      lines.set(socket, { current: response, waiting: [] });
      onFirst(socket);
    } else if (line.waiting.length === 0 && line.current.writableFinished) {
      line.current = response;
    } else {
      if (socket.destroyed) return;
      if (line.waiting.length >= MAX_WAITING) {
        line.waiting.length = 0;
        onFlood(socket);
        socket.destroy();
        return;
      }
      if (line.waiting.length === 0) line.current.once('close', () => handleNext(line));
      line.waiting.push({ request, response });
      return;
    }
    handle(request, response);
  };
}
