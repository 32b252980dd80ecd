import type { IncomingMessage } from 'node:http';
import proxyAddress from '@fastify/proxy-addr';
import type { FastifyRequest } from 'fastify';
import { isLongRequest, type FairTurns } from '../http/fair-turns.js';
import { takerOf, type Taker } from '../http/taker.js';
import type { Authenticator } from './authenticator.js';

/** Addresses that monitoring asks for. */
const HEALTH = new Set(['/healthz', '/readyz']);

/**
 * Tells who takes turns with others, before anything is done for a request: a caller that is known at once or was accepted
 * before, else the address that the request comes from, as Fastify finds it. Health checks wait for no other requests of
 * their address.
 */
export function turnTakers(
  access: Authenticator,
  trustProxy: readonly string[],
): (request: IncomingMessage) => Taker {
  const isTrusted = proxyAddress.compile([...trustProxy]);
  const addressOf = (request: IncomingMessage): string =>
    trustProxy.length === 0 ? (request.socket.remoteAddress ?? '') : proxyAddress(request, isTrusted);
  return (request) => {
    if (HEALTH.has(request.url ?? '')) return { id: `health ${addressOf(request)}`, isKnown: false };
    const caller = access.acceptedAs(request.headers);
    return takerOf(caller, caller === null || access.isOpen ? addressOf(request) : '');
  };
}

/**
 * Waits for the turn of a request whose caller has been found.
 *
 * @param bytes length of its body
 * @returns whether it may go on; if not, it has no body any more
 */
export async function takeTurn(request: FastifyRequest, bytes: number, turns: FairTurns): Promise<boolean> {
  const isShort = !isLongRequest(bytes);
  return (isShort && turns.beginsAtOnce(takerIn(request))) || (await waitForTurn(request, bytes, turns));
}

/** As `takeTurn`, for a part of a request that must not begin at once, because another part has just begun. */
export async function waitForTurn(
  request: FastifyRequest,
  bytes: number,
  turns: FairTurns,
): Promise<boolean> {
  const since = performance.now();
  const hasTurn = await new Promise<boolean>((resolve) => {
    const hasRoom = turns.wait({
      taker: takerIn(request),
      bytes,
      begin: () => resolve(true),
      refuse: () => resolve(false),
    });
    if (!hasRoom) request.body = undefined;
  });
  // Waiting costs nothing.
  if (request.processingStartedAt > 0) request.processingStartedAt += performance.now() - since;
  return hasTurn;
}

function takerIn({ caller, ip }: FastifyRequest): Taker {
  return takerOf(caller, ip);
}
