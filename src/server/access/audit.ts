import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AuditEntry, DestinationLoader } from '../../graphql/index.js';
import { onClientDisconnect } from '../http/client-disconnect.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** The way to customers that the request was given, if it got that far. */
    loader: DestinationLoader | null;
    /** The address that it came from; of a connection that is gone, it could no longer be asked. */
    from: string;
  }
}

/** One line about something that was done or refused: who, what, from where; the time and the request's ID are on every line. */
export function audit(request: FastifyRequest, entry: AuditEntry): void {
  request.log.info({ ...entry, caller: request.caller?.name ?? null, from: request.from }, 'audit');
}

/** Leaves a line for each request that was denied something, once it has been answered or given up. */
export function auditDenials(server: FastifyInstance): void {
  server.decorateRequest('loader', null);
  server.decorateRequest('from', '');
  server.addHook('onRequest', (request, _reply, done) => {
    request.from = request.ip;
    done();
  });
  server.addHook('onResponse', (request, _reply, done) => {
    auditDenial(request);
    done();
  });
  onClientDisconnect(server, auditDenial);
}

function auditDenial(request: FastifyRequest): void {
  const { codes } = request.operation;
  const customers = [...(request.loader?.denied ?? [])];
  const code = codes.find((each) => each === 'UNAUTHENTICATED' || each === 'FORBIDDEN');
  if (code === undefined && customers.length === 0) return;
  audit(request, {
    audit: 'denied',
    code: code ?? 'NOT_FOUND',
    path: request.routeOptions.url ?? '(none)',
    ...(customers.length === 0 ? {} : { customers }),
    ...(request.refused === null ? {} : { reason: request.refused }),
  });
}
