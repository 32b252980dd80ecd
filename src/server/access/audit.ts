import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { AuditEntry, DestinationLoader } from '../../graphql/index.js';
import { onClientDisconnect } from '../http/client-disconnect.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the request has looked destinations up with: one loader for each of its operations. */
    loaders: DestinationLoader[];
    /** The client's IP address. Kept here, because `ip` is not available after the connection was closed. */
    from: string;
  }
}

/** Writes an audit entry with the caller and its address. The logger adds time and request ID. */
export function audit(request: FastifyRequest, entry: AuditEntry): void {
  request.log.info({ ...entry, caller: request.caller?.id ?? null, from: request.from }, 'audit');
}

/** Writes an audit entry for each request that was denied something, after its response or when its client disconnects. */
export function auditDenials(server: FastifyInstance): void {
  server.decorateRequest('loaders');
  server.decorateRequest('from', '');
  server.addHook('onRequest', (request, _reply, done) => {
    request.from = request.ip;
    request.loaders = [];
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
  const customers = [...new Set(request.loaders.flatMap((loader) => [...loader.denied]))];
  const code = codes.find((each) => each === 'UNAUTHENTICATED' || each === 'FORBIDDEN');
  if (code === undefined && customers.length === 0) return;
  audit(request, {
    audit: 'denied',
    code: code ?? 'NOT_FOUND',
    path: request.routeOptions.url ?? '(none)',
    ...(customers.length === 0 ? {} : { customers }),
    ...(request.authFailure === null ? {} : { reason: request.authFailure }),
  });
}
