import type { ServerResponse } from 'node:http';
import { pipeline, type Transform } from 'node:stream';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { codingFor, compressLater, compressNow, compressingStream, type Coding } from './content-coding.js';
import { FewAtOnce } from './few-at-once.js';
import { varyBy } from './headers.js';
import { takerOf } from './taker.js';
import type { UnsentAnswers } from './unsent-answers.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /**
     * Answers with status 200 are compressed for clients that accept it. Only for routes whose answers never contain both a
     * secret and a text that somebody else may choose: the length of a compressed answer tells whether the two are alike.
     */
    compressed?: boolean;
  }
}

/** Maximum length of a body that is compressed at once, in bytes: that takes 0.2 ms at most, and usually a third of it. */
const MAX_QUICK_BYTES = 24 * 1024;

/** How many bodies are compressed at the same time, of the four threads that Node.js also reads files with. */
const AT_ONCE = 2;

/** How many bodies of a caller wait until they are compressed. */
const MAX_WAITING = 8;

/**
 * Compresses the bodies of answers. Long ones are compressed in the background, a few at the same time, and count as
 * answers that were not sent, so that all that wait take no more memory than those may.
 */
export class Compressor {
  readonly #answers: UnsentAnswers;
  readonly #turns = new FewAtOnce(AT_ONCE, MAX_WAITING);
  /** What is being compressed of the bodies that many may ask for at the same time. */
  readonly #shared = new WeakMap<Buffer, Map<Coding, Promise<Buffer>>>();

  constructor(answers: UnsentAnswers) {
    this.#answers = answers;
  }

  /**
   * Compresses a body.
   *
   * @param lane bodies of different lanes take turns
   * @returns a promise for a long body, which may fail if the client leaves before its turn; `null`: there is no room, and the
   *   body has to be sent as it is
   */
  compress(
    { response, lane }: { readonly response: ServerResponse; readonly lane: string },
    { body, bytes }: { readonly body: string | Buffer; readonly bytes: number },
    coding: Coding,
  ): Buffer | Promise<Buffer> | null {
    if (bytes <= MAX_QUICK_BYTES) return compressNow(body, coding);
    const shared = typeof body === 'string' ? undefined : this.#shared.get(body)?.get(coding);
    if (shared === undefined && !this.#turns.hasRoom(lane)) return null;
    if (!this.#answers.hold(response, body, bytes)) return null;
    return this.#compressLater(response, lane, body, coding);
  }

  async #compressLater(
    response: ServerResponse,
    lane: string,
    body: string | Buffer,
    coding: Coding,
  ): Promise<Buffer> {
    const left = new AbortController();
    const leave = (): void => left.abort();
    response.once('close', leave);
    try {
      return typeof body === 'string'
        ? await this.#turns.run(lane, () => compressLater(body, coding), left.signal)
        : await this.#compressOnce(lane, body, coding);
    } finally {
      response.off('close', leave);
      this.#answers.release(response);
    }
  }

  /** Compresses a body for all who ask for it meanwhile. So it goes on when the client has left that was the first. */
  #compressOnce(lane: string, body: Buffer, coding: Coding): Promise<Buffer> {
    const ofBody = this.#shared.get(body) ?? new Map<Coding, Promise<Buffer>>();
    this.#shared.set(body, ofBody);
    const compressed =
      ofBody.get(coding) ??
      this.#turns.run(lane, () => compressLater(body, coding)).finally(() => ofBody.delete(coding));
    ofBody.set(coding, compressed);
    return compressed;
  }
}

/** Compresses the answers of routes with `compressed`. */
export function compressAnswers(server: FastifyInstance, compressor: Compressor): void {
  server.addHook('onSend', (request, reply, payload, done) => {
    const { headers, method, routeOptions, caller } = request;
    if (routeOptions.config.compressed !== true || payload === null || payload === undefined) {
      done();
      return;
    }
    varyBy(reply, 'accept-encoding');
    const isText = typeof payload === 'string' || Buffer.isBuffer(payload);
    const bytes = isText ? Buffer.byteLength(payload) : Number.POSITIVE_INFINITY;
    const coding = reply.statusCode === 200 ? codingFor(headers['accept-encoding'], bytes) : null;
    if (coding === null) {
      done();
      return;
    }
    if (!isText) {
      reply.header('content-encoding', coding);
      // Fastify drops the body of an answer to HEAD.
      done(null, method === 'HEAD' ? payload : compressedStream(payload as NodeJS.ReadableStream, coding));
      return;
    }
    const compressed = compressor.compress(
      { response: reply.raw, lane: takerOf(caller, request.ip).id },
      { body: payload, bytes },
      coding,
    );
    const send = (body: Buffer): void => {
      // At its end, the server has refused what was under way.
      if (reply.raw.headersSent) return;
      reply.headers({ 'content-encoding': coding, 'content-length': body.length });
      done(null, body);
    };
    if (compressed === null) done();
    else if (Buffer.isBuffer(compressed)) send(compressed);
    else sendLater(compressed, send, reply);
  });
}

function sendLater(
  compressed: Promise<Buffer>,
  send: (body: Buffer) => void,
  { log, raw }: FastifyReply,
): void {
  compressed.then(send).catch((error: unknown) => {
    // Usually the client has left.
    if (!raw.destroyed) log.error({ err: error }, 'an answer could not be compressed');
    raw.destroy();
  });
}

function compressedStream(content: NodeJS.ReadableStream, coding: Coding): Transform {
  const target = compressingStream(coding);
  // Ends the source as well when the client leaves. Fastify reports the errors of what it sends.
  pipeline(content, target, () => undefined);
  return target;
}
