import {
  WebStandardStreamableHTTPServerTransport,
  createMcpHandler,
  isLegacyRequest,
} from '@modelcontextprotocol/server';
import { createAssistantServer, type AssistantServices } from './assistant-server.js';
import { INTERNAL_ERROR, INVALID_REQUEST } from './json-rpc.js';
import { refusedSubscription } from './subscriptions.js';

/** What answering a message works with. */
export interface MessageServices extends AssistantServices {
  /** Aborted when nobody waits for the answer any more; what works on it is then closed. */
  readonly signal: AbortSignal;
}

/** The answer to a message over HTTP. */
export interface MessageAnswer {
  /** HTTP status. */
  readonly status: number;
  /** JSON; empty for a message that has no answer. */
  readonly text: string;
}

/** No part of it matters, but the transports want a request with an address. */
const ADDRESS = 'http://gateway/mcp';

/**
 * Answers one message of the Model Context Protocol, in any version of the protocol. Nothing is kept between messages: there are no
 * sessions and no streams, so that any process can answer the next message.
 *
 * @param message the parsed body of the request
 * @param headers the headers of the request that belong to the protocol
 */
export async function answerMessage(
  message: unknown,
  headers: Readonly<Record<string, string>>,
  services: MessageServices,
): Promise<MessageAnswer> {
  // The library would execute all that is in it.
  if (Array.isArray(message)) return { status: 400, text: JSON.stringify(LIST_REFUSED) };
  const refused = refusedSubscription(message);
  if (refused !== null) return { status: 404, text: JSON.stringify(refused) };
  const request = new Request(ADDRESS, { method: 'POST', headers });
  const response = (await isLegacyRequest(request, message))
    ? await answerWithHandshake(request, message, services)
    : await answerAlone(request, message, services);
  const text = await response.text();
  if (response.status >= 500 || isInternalError(text)) {
    services.onDefect(new Error(`the library of the protocol failed: ${text}`));
  }
  return { status: response.status, text };
}

/** Whether the answer is an error that is nobody's mistake. Names can contain its code, too. */
function isInternalError(text: string): boolean {
  if (!text.includes(String(INTERNAL_ERROR))) return false;
  const { error } = JSON.parse(text) as { readonly error?: { readonly code: number } };
  return error?.code === INTERNAL_ERROR;
}

const LIST_REFUSED = {
  jsonrpc: '2.0',
  id: null,
  error: { code: INVALID_REQUEST, message: 'A list of messages has no place here; send one message.' },
};

/** For protocol versions whose clients begin with a handshake, up to 2025-11-25. */
async function answerWithHandshake(
  request: Request,
  message: unknown,
  services: MessageServices,
): Promise<Response> {
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  const server = createAssistantServer(services);
  services.signal.addEventListener('abort', () => void server.close());
  await server.connect(transport);
  try {
    return await transport.handleRequest(request, { parsedBody: message });
  } finally {
    await server.close();
  }
}

/** For protocol versions in which each message says all that it needs, from 2026-07-28 on. */
async function answerAlone(request: Request, message: unknown, services: MessageServices): Promise<Response> {
  const handler = createMcpHandler(() => createAssistantServer(services), {
    legacy: 'reject',
    onerror: services.onError,
  });
  services.signal.addEventListener('abort', () => void handler.close());
  try {
    return await handler.fetch(request, { parsedBody: message });
  } finally {
    await handler.close();
  }
}
