import type { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { request as requestHttp, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestHttps, type RequestOptions } from 'node:https';
import { connect, type TLSSocket } from 'node:tls';

/** A gateway to which messages are sent. */
export interface MessageTarget {
  /** The address of its `/mcp`. */
  readonly url: string;
  /** An API key or token; empty: there is none. */
  readonly key: string;
  /** The certificate that it has to have, in place of verification; `null`: it is verified. */
  readonly pinned: X509Certificate | null;
}

/** What came back. */
export interface PostedAnswer {
  readonly status: number;
  readonly body: string;
}

/** Nothing listens at the address. */
export class NothingThereError extends Error {}

/** How long an answer is waited for, in milliseconds. A gateway gives up before, unless it is configured otherwise. */
const TIMEOUT_MS = 120_000;

/** Maximum length of an answer, in characters. Another server may be at the address. */
const MAX_ANSWER_LENGTH = 8 * 1024 * 1024;

const HEADERS = {
  'content-type': 'application/json',
  accept: 'application/json, text/event-stream',
};

/**
 * Sends a message to a gateway.
 *
 * @throws {NothingThereError} if nothing listens there; any other error with a message that is fit to be shown
 */
export async function postMessage(
  { url, key, pinned }: MessageTarget,
  text: string,
  aborted: AbortSignal,
): Promise<PostedAnswer> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const signal = AbortSignal.any([aborted, timeout]);
  const headers = { ...HEADERS, ...(key === '' ? {} : { 'x-api-key': key }) };
  const options = { method: 'POST', headers, signal };
  try {
    return await exchange(await requestTo(url, pinned, options), text);
  } catch (error) {
    if (timeout.aborted)
      throw new Error(`it has not answered within ${TIMEOUT_MS / 1_000} s`, { cause: error });
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ECONNREFUSED') throw new NothingThereError('nothing listens there');
    // Messages of certificates and names say more than their codes.
    throw new Error(code === undefined ? message : `${message} (${code})`, { cause: error });
  }
}

async function requestTo(
  url: string,
  pinned: X509Certificate | null,
  options: RequestOptions,
): Promise<ClientRequest> {
  if (!url.startsWith('https:')) return requestHttp(url, { ...options, agent: false });
  if (pinned === null) return requestHttps(url, { ...options, agent: false });
  // The key is sent only when it is known who gets it.
  const socket = await connectTo(new URL(url), pinned, options.signal ?? undefined);
  return requestHttps(url, { ...options, createConnection: () => socket });
}

async function connectTo(
  { hostname, port }: URL,
  pinned: X509Certificate,
  signal: AbortSignal | undefined,
): Promise<TLSSocket> {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  const socket = connect({ host, port: Number(port || 443), rejectUnauthorized: false });
  try {
    await once(socket, 'secureConnect', signal === undefined ? {} : { signal });
    if (socket.getPeerX509Certificate()?.fingerprint256 === pinned.fingerprint256) return socket;
    throw new Error(
      'its certificate is not the one of listen.tls.cert: if that was renewed, send SIGHUP to the gateway; else name its address with --gateway',
    );
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function exchange(request: ClientRequest, text: string): Promise<PostedAnswer> {
  const response = once(request, 'response') as Promise<[IncomingMessage]>;
  request.end(text);
  const [answer] = await response;
  answer.setEncoding('utf8');
  let body = '';
  for await (const part of answer as AsyncIterable<string>) {
    body += part;
    if (body.length > MAX_ANSWER_LENGTH) throw new Error('its answer is longer than any of a gateway');
  }
  return { status: answer.statusCode ?? 0, body };
}
