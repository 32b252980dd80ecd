import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { ANYONE } from '../../graphql/index.js';
import type { FairTurns } from '../http/fair-turns.js';
import type { Authenticator } from './authenticator.js';

/** Addresses that monitoring asks for. */
const HEALTH = new Set(['/healthz', '/readyz']);

/**
 * Who takes turns with others, before anything is done for a request: a caller that is known at once or was accepted
 * before, else the address that the request comes from. Health checks wait for no other requests of their address.
 */
export function turnTaker(request: IncomingMessage, access: Authenticator): string {
  const address = request.socket.remoteAddress ?? '';
  if (HEALTH.has(request.url ?? '')) return `health ${address}`;
  return access.acceptedAs(request.headers) ?? takerAt(address);
}

/**
 * Waits for the turn of a request whose caller has been found.
 *
 * @param bytes length of its body
 * @returns whether it may go on; if not, it has no body any more
 */
export function takeTurn(request: FastifyRequest, bytes: number, turns: FairTurns): Promise<boolean> {
  const { caller, ip } = request;
  return new Promise((resolve) => {
    const hasRoom = turns.run({
      caller: caller === null || caller === ANYONE ? takerAt(ip) : caller.id,
      bytes,
      begin: () => resolve(true),
      refuse: () => resolve(false),
    });
    if (!hasRoom) request.body = undefined;
  });
}

function takerAt(address: string): string {
  return `address ${address}`;
}
