import { once } from 'node:events';
import { Agent, request as send, type RequestOptions } from 'node:https';
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';

export interface HttpsAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The subject of the certificate that the server showed; '' where the connection was open before. */
  readonly servedBy: string;
  readonly reused: boolean;
  readonly protocol: string | null;
}

export type HttpsOptions = Pick<
  RequestOptions,
  'ca' | 'cert' | 'key' | 'agent' | 'minVersion' | 'maxVersion' | 'servername'
> & { readonly body?: string };

/** One request over HTTPS, on a connection of its own unless there is an agent. */
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

/** Keeps one connection open from request to request. */
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
