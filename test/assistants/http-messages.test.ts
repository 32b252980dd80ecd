import { describe, expect, it } from 'vitest';
import { answerMessage, type MessageServices } from '../../src/assistants/http-messages.js';
import type { OperationResult } from '../../src/assistants/tool.js';

const HEADERS = { accept: 'application/json, text/event-stream', 'content-type': 'application/json' };

const LIST = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'list_destinations' } };

interface Noted {
  readonly services: MessageServices;
  readonly defects: unknown[];
}

function servicesFor(data: unknown, signal = new AbortController().signal): Noted {
  const defects: unknown[] = [];
  const services: MessageServices = {
    ask: () => Promise.resolve<OperationResult>({ data, errors: [] }),
    maxFirst: 50,
    onDefect: (error) => void defects.push(error),
    onError: () => undefined,
    signal,
  };
  return { services, defects };
}

describe('a message', () => {
  it('is one, and never a list, which would be executed as a whole', async () => {
    const { services } = servicesFor(null);
    const { status, text } = await answerMessage([LIST, LIST], HEADERS, services);
    expect([status, JSON.parse(text)]).toMatchObject([400, { error: { code: -32_600 } }]);
  });

  it('cannot subscribe to anything, which is nothing that goes wrong here', async () => {
    const { services, defects } = servicesFor(null);
    const meta = { 'io.modelcontextprotocol/protocolVersion': '2026-07-28' };
    const listen = { jsonrpc: '2.0', id: 'a', method: 'subscriptions/listen', params: { _meta: meta } };
    for (const headers of [HEADERS, { ...HEADERS, 'mcp-protocol-version': '2026-07-28' }]) {
      const { status, text } = await answerMessage(listen, headers, services);
      expect([status, JSON.parse(text)]).toMatchObject([404, { id: 'a', error: { code: -32_601 } }]);
    }
    expect(defects).toEqual([]);
  });

  it.each([
    [{ segmentIds: Array<number>(500_000).fill(1) }, 'at most 100 items'],
    [{ segmentIds: Array<number>(100).fill(1) }, 'expected string'],
    [
      Object.fromEntries(Array.from({ length: 50_000 }, (_, index) => [`key ${index}`, 1])),
      'Unrecognized keys',
    ],
    [{ segmentIds: ['1'], ['x'.repeat(1_000_000)]: 1 }, 'Unrecognized key'],
  ])('gets a short error for however many wrong arguments', async (args, message) => {
    const { services } = servicesFor(null);
    const call = { ...LIST, params: { name: 'look_up_segments', arguments: args } };
    const { text } = await answerMessage(call, HEADERS, services);
    expect(text).toContain(message);
    expect(text.length).toBeLessThan(5_000);
  });

  it('gets an error, and the defect is told of, when a tool gives what its schema does not have', async () => {
    const { services, defects } = servicesFor({
      destinations: { totalCount: 'many', edges: [], pageInfo: { hasNextPage: false, endCursor: null } },
    });
    const { text } = await answerMessage(LIST, HEADERS, services);
    expect(JSON.parse(text)).toMatchObject({
      result: {
        isError: true,
        content: [{ text: expect.stringContaining('INTERNAL_SERVER_ERROR') as string }],
      },
    });
    expect(String(defects)).toContain('totalCount');
  });
});
