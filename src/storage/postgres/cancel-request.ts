import pg, { type ClientBase } from 'pg';

/** How long telling the server may take, in milliseconds. */
const TIMEOUT_MS = 5_000;

/** What pg keeps of a connection but does not declare. */
interface ConnectedClient {
  readonly host: string;
  readonly port: number;
  readonly ssl: pg.ClientConfig['ssl'];
  readonly processID: number | null;
  readonly secretKey: number | null;
}

/** The part of pg's connection that is used here. */
interface RawConnection {
  readonly stream: { destroy(): void };
  connect(port: number | string, host?: string): void;
  requestSsl(): void;
  cancel(processId: number, secretKey: number): void;
  on(event: 'connect' | 'sslconnect' | 'end', listener: () => void): void;
  on(event: 'error', listener: (error: Error) => void): void;
}

/**
 * Tells the server to cancel the statement that a connection executes, on a connection of its own as the protocol wants
 * it. The connection's secret key names it, so nobody else's statement is cancelled, and a pooler passes the request on to
 * the server process that works for the connection now.
 *
 * @returns whether the server has been told for certain: it ends the connection when it has. Otherwise the connection's
 *   next statement may be cancelled in the place of this one
 * @see https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-CANCELING-REQUESTS
 */
export async function cancelStatement(client: ClientBase): Promise<boolean> {
  const { host, port, ssl, processID, secretKey } = client as unknown as ConnectedClient;
  if (processID === null || secretKey === null) return false;
  const connection = new pg.Connection({ ssl }) as unknown as RawConnection;
  return await new Promise<boolean>((resolve) => {
    let isSent = false;
    const send = (): void => {
      isSent = true;
      connection.cancel(processID, secretKey);
    };
    const settle = (isCertain: boolean): void => {
      clearTimeout(timer);
      resolve(isCertain);
      connection.stream.destroy();
    };
    const timer = setTimeout(() => settle(false), TIMEOUT_MS);
    timer.unref();
    connection.on('connect', () => (isTls(ssl) ? connection.requestSsl() : send()));
    connection.on('sslconnect', send);
    connection.on('error', () => settle(false));
    connection.on('end', () => settle(isSent));
    if (host.startsWith('/')) connection.connect(`${host}/.s.PGSQL.${port}`);
    else connection.connect(port, host);
  });
}

function isTls(ssl: pg.ClientConfig['ssl']): boolean {
  return ssl !== undefined && ssl !== false;
}
