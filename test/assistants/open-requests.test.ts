import type { Transport } from '@modelcontextprotocol/server';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { OpenRequests } from '../../src/assistants/open-requests.js';
import { FakeClock } from '../support/fake-clock.js';

type Received = Parameters<NonNullable<Transport['onmessage']>>[0];

/** Requests on a transport that goes nowhere, and whether all of them are answered. */
function follow() {
  const clock = new FakeClock();
  const requests = new OpenRequests(clock);
  const transport: Transport = {
    onmessage: () => undefined,
    start: () => Promise.resolve(),
    send: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  requests.follow(transport);
  const receive = (message: object): void =>
    transport.onmessage?.({ jsonrpc: '2.0', ...message } as Received);
  const answer = async (id: number): Promise<void> =>
    await transport.send({ jsonrpc: '2.0', id, result: {} });
  let isAnswered = false;
  const wait = async (): Promise<void> => {
    void requests.answered().then(() => (isAnswered = true));
    await clock.timer();
  };
  const hasEnded = async (): Promise<boolean> => {
    await setImmediate();
    return isAnswered;
  };
  return { clock, receive, answer, wait, hasEnded };
}

describe('the wait for answers', () => {
  it('ends with the last one, though several requests have one ID', async () => {
    const { receive, answer, wait, hasEnded } = follow();
    for (const id of [1, 1, 2]) receive({ id, method: 'ping' });
    await wait();
    await answer(1);
    await answer(2);
    expect(await hasEnded()).toBe(false);
    await answer(1);
    expect(await hasEnded()).toBe(true);
  });

  it('leaves out what is cancelled in a way that counts', async () => {
    const { receive, wait, hasEnded } = follow();
    receive({ id: 1, method: 'ping' });
    await wait();
    receive({ method: 'notifications/cancelled', params: { requestId: 1, reason: 7 } });
    expect(await hasEnded()).toBe(false);
    receive({ method: 'notifications/cancelled', params: { requestId: 1 } });
    expect(await hasEnded()).toBe(true);
  });

  it('ends without an answer after 30 s', async () => {
    const { clock, receive, wait, hasEnded } = follow();
    receive({ id: 1, method: 'ping' });
    await wait();
    clock.advance(29_999);
    expect(await hasEnded()).toBe(false);
    clock.advance(1);
    expect(await hasEnded()).toBe(true);
  });
});
