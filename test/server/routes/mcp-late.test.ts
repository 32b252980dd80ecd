import { expect, it, vi } from 'vitest';
import type { MessageServices } from '../../../src/assistants/http-messages.js';
import { passwordCustomer } from '../../support/customers.js';
import { TestGateway } from '../../support/gateway.js';
import { eventually } from '../../support/waiting.js';

const { asked } = vi.hoisted(() => ({ asked: [] as MessageServices[] }));

// No message is known that the library never answers. One was, and another one may be.
vi.mock('../../../src/assistants/http-messages.js', () => ({
  answerMessage: (_message: unknown, _headers: unknown, services: MessageServices) => {
    asked.push(services);
    return new Promise(() => undefined);
  },
}));

it('answers a message that the library of the protocol never answers, soon after the deadline', async () => {
  await using gateway = await TestGateway.start({
    simulated: [passwordCustomer('acme')],
    config: { limits: { requestTimeout: '10s' } },
  });
  const answering = gateway.fetch('/mcp', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 7, method: 'tools/list' }),
  });
  await eventually(() => asked.length === 1);
  gateway.clock.advance(15_000);
  const response = await answering;
  expect([response.status, await response.json()]).toMatchObject([
    200,
    { id: 7, error: { code: -32_603, data: { code: 'INTERNAL_SERVER_ERROR' } } },
  ]);
  expect(asked[0]?.signal.aborted).toBe(true);
  expect(gateway.log.some(({ level }) => level === 'error')).toBe(true);
});
