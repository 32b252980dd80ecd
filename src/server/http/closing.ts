import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Has `closeIdleConnections` wait for answers that are being sent. Node.js takes a connection for idle as soon as the
 * answer has been written to it, and would cut off what the client has not yet taken over.
 *
 * @param sending the connections on which answers are being sent
 */
export function closeOnlyWhenSent(server: Server, sending: () => Iterable<Socket>): void {
  const closeIdleConnections = server.closeIdleConnections.bind(server);
  // Node.js calls it as well, when the server is closed.
  server.closeIdleConnections = () => {
    const sockets = [...sending()];
    const idle = new Set<Socket>();
    for (const socket of sockets) {
      socket.destroy = () => {
        idle.add(socket);
        return socket;
      };
    }
    try {
      closeIdleConnections();
    } finally {
      // The method of the class is back.
      for (const socket of sockets) Reflect.deleteProperty(socket, 'destroy');
    }
    for (const socket of idle) socket.destroySoon();
  };
}
