import type { FastifyInstance } from 'fastify';
import type { Metrics } from '../../telemetry/metrics.js';
import { BodySlices, LONGEST_WHOLE_BODY } from './body-slices.js';
import { overloadRefusal, tooManyLargeAnswers } from './errors.js';
import type { UnsentAnswers } from './unsent-answers.js';

/** Sends long bodies in slices; rejects requests with status 503 while there is no room for their long bodies. */
export function sendLongBodies(
  server: FastifyInstance,
  { answers, metrics }: { readonly answers: UnsentAnswers; readonly metrics: Metrics },
): void {
  server.addHook('onSend', (request, reply, payload, done) => {
    const isText = typeof payload === 'string' || Buffer.isBuffer(payload);
    const bytes = isText ? Buffer.byteLength(payload) : 0;
    if (!isText || bytes <= LONGEST_WHOLE_BODY || request.method === 'HEAD') {
      done();
    } else if (answers.hold(reply.raw, payload, bytes)) {
      reply.header('content-length', bytes);
      done(null, new BodySlices(payload));
    } else {
      done(null, overloadRefusal(reply, metrics, tooManyLargeAnswers()));
    }
  });
}
