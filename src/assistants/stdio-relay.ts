import {
  McpServer,
  ProtocolError,
  ProtocolErrorCode,
  type CallToolResult,
  type ListToolsResult,
} from '@modelcontextprotocol/server';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import type { Clock } from '../base/clock.js';
import { CAPABILITIES, INSTRUCTIONS, SERVER_INFO, failure } from './assistant-server.js';
import { messageLines, type LineMistake } from './message-lines.js';
import { OpenRequests } from './open-requests.js';
import { ToolError } from './tool.js';

/** A request that is passed on to a gateway. */
export interface RelayedRequest {
  readonly method: 'tools/list' | 'tools/call';
  readonly params: object;
}

/** The answer to it: one of the two. */
export interface RelayedAnswer {
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string };
}

/**
 * Passes a request on.
 *
 * @param signal aborted when the assistant does not want the answer any more
 * @throws {ToolError} if there is no answer
 */
export type Relay = (request: RelayedRequest, signal: AbortSignal) => Promise<RelayedAnswer>;

/** A server on standard input and output. */
export interface StdioServer {
  /** Resolves when the assistant has gone, and what it has asked is answered. */
  readonly closed: Promise<void>;
  readonly close: () => Promise<void>;
}

/**
 * Serves assistants on standard input and output. It has no tools of its own, but those of a gateway, which answers. When standard
 * input ends, what was asked before is still answered, for 30 s at most.
 *
 * @param clock for that limit
 * @param onError is told what is wrong with messages, and what else goes wrong
 */
export function relayOverStdio(relay: Relay, clock: Clock, onError: (error: Error) => void): StdioServer {
  const write = (answer: object): void => {
    process.stdout.write(`${JSON.stringify(answer)}\n`);
  };
  const refuse = ({ code, message }: LineMistake): void => {
    onError(new Error(`The assistant sent what is no message: ${message}`));
    write({ jsonrpc: '2.0', id: null, error: { code, message } });
  };
  const requests = new OpenRequests(clock);
  const lines = messageLines(refuse, write, () => requests.answered());
  process.stdin.on('error', (error) => lines.destroy(error));
  const transport = new StdioServerTransport(process.stdin.pipe(lines));
  const served = serveStdio(() => relayingServer(relay), {
    transport,
    onerror: onError,
    maxSubscriptions: 0,
  });
  requests.follow(transport);
  const ended = transport.onclose;
  const closed = new Promise<void>((resolve) => {
    transport.onclose = () => {
      ended?.();
      resolve();
    };
  });
  void closed.then(() => process.stdin.pause());
  return { closed, close: () => served.close() };
}

function relayingServer(relay: Relay): McpServer {
  const relaying = new McpServer(SERVER_INFO, { capabilities: CAPABILITIES, instructions: INSTRUCTIONS });
  const { server } = relaying;
  server.setRequestHandler('tools/list', async (_request, { mcpReq }) => {
    const answer = await relay({ method: 'tools/list', params: {} }, mcpReq.signal).catch(
      (error: unknown) => {
        if (!(error instanceof ToolError)) throw error;
        throw new ProtocolError(ProtocolErrorCode.InternalError, error.message);
      },
    );
    return resultIn(answer) as ListToolsResult;
  });
  server.setRequestHandler('tools/call', async ({ params }, { mcpReq }) => {
    const { name, arguments: args = {} } = params;
    try {
      const request = { method: 'tools/call', params: { name, arguments: args } } as const;
      return resultIn(await relay(request, mcpReq.signal)) as CallToolResult;
    } catch (error) {
      if (error instanceof ToolError) return failure(error);
      throw error;
    }
  });
  return relaying;
}

function resultIn({ result, error }: RelayedAnswer): unknown {
  if (error !== undefined) throw new ProtocolError(error.code, error.message);
  return result;
}
