import { once } from 'node:events';
import { Agent, request as send, type RequestOptions } from 'node:https';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';

/** A response, and facts about the TLS connection it came over. */
export interface HttpsAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Subject of the server's certificate; '' on a reused connection. */
  readonly servedBy: string;
  /** Whether the connection served an earlier request. */
  readonly reused: boolean;
  readonly protocol: string | null;
}

export type HttpsOptions = Pick<
  RequestOptions,
  'ca' | 'cert' | 'key' | 'agent' | 'minVersion' | 'maxVersion' | 'servername'
> & { readonly body?: string };

/** Sends one request over HTTPS, on a new connection unless `agent` is set. */
export async function https(url: string, { body, ...options }: HttpsOptions): Promise<HttpsAnswer> {
  const request = send(url, {
    agent: false,
    ...options,
    method: body === undefined ? 'GET' : 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
  });
  request.end(body);
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const { socket } = response;
  if (!(socket instanceof TLSSocket)) throw new Error('answered without TLS');
  const servedBy = socket.getPeerX509Certificate()?.subject ?? '';
  const protocol = socket.getProtocol();
  let text = '';
  for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
  const { headers } = response;
  return {
    status: response.statusCode ?? 0,
    headers,
    body: text,
    servedBy,
    reused: request.reusedSocket,
    protocol,
  };
}

/** Options that reuse one connection for all requests; disposing of them closes the connection. */
export function keepAlive(options: HttpsOptions): HttpsOptions & AsyncDisposable {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    ...options,
    agent,
    [Symbol.asyncDispose]: () => {
      agent.destroy();
      return Promise.resolve();
    },
  };
}
