import { Buffer } from 'node:buffer';
import { Agent, request } from 'node:http';
import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';

const NAMES = `query Names($customerId: ID!, $destinationId: ID!, $segmentIds: [ID!]!) {
  segments(customerId: $customerId, destinationId: $destinationId, segmentIds: $segmentIds) { mappingId name }
}`;

const REFRESH = `mutation Refresh($customerId: ID!, $destinationId: ID!) {
  refreshDestination(customerId: $customerId, destinationId: $destinationId) { sync { segmentCount } }
}`;

/** What unpacks each content coding. */
const UNPACKED = { identity: (bytes) => bytes, gzip: gunzipSync, br: brotliDecompressSync };

const MAX_SOCKETS = 256;
const MAX_START_MS = 120_000;
const MAX_ANSWER_MS = 600_000;

/** Asks a gateway, or another server of its queries, over HTTP on connections that stay open. */
export class Client {
  #agent = new Agent({ keepAlive: true, maxSockets: MAX_SOCKETS });
  #port;
  #headers;

  constructor(port, headers = {}) {
    this.#port = port;
    this.#headers = headers;
  }

  /** The names of many IDs of one destination. */
  async names(key, segmentIds) {
    const { segments } = await this.ask(NAMES, { ...key, segmentIds });
    return segments;
  }

  /** Has a destination read now. */
  async refresh(key) {
    await this.ask(REFRESH, key);
  }

  /** Until it answers. */
  async waitFor(server, ask) {
    const start = performance.now();
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        const late = performance.now() - start > MAX_START_MS;
        if (error.code !== 'ECONNREFUSED' || !server.alive() || late) throw error;
        await sleep(2);
      }
    }
  }

  /** The data of an answer without errors. */
  async ask(query, variables) {
    const { data, errors } = JSON.parse(await this.post(JSON.stringify({ query, variables })));
    if (errors !== undefined) throw new Error(JSON.stringify(errors));
    return data;
  }

  /** The text of an answer of status 200 to a POST. */
  post(body, path = '/graphql') {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    return this.#send({ path, method: 'POST', headers }, body);
  }

  /**
   * The text of an answer to a POST, and how many bytes of it were sent, in the content coding that is asked for.
   *
   * @param coding a name of `UNPACKED`
   */
  async packed(body, coding) {
    const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
    const wire = await this.#receive(
      { path: '/graphql', method: 'POST', headers: { ...headers, 'accept-encoding': coding } },
      body,
    );
    return { bytes: wire.length, text: () => UNPACKED[coding](wire).toString() };
  }

  /** The text of an answer of status 200 to a GET. */
  get(path) {
    return this.#send({ path, method: 'GET', headers: {} }, undefined);
  }

  async #send(options, body) {
    return (await this.#receive(options, body)).toString();
  }

  #receive({ headers, ...options }, body) {
    return new Promise((resolve, reject) => {
      const whole = {
        ...options,
        port: this.#port,
        agent: this.#agent,
        headers: { ...this.#headers, ...headers },
      };
      const outgoing = request({ host: '127.0.0.1', ...whole }, (response) => {
        const pieces = [];
        response.on('data', (data) => pieces.push(data));
        response.on('end', () => {
          const all = Buffer.concat(pieces);
          if (response.statusCode === 200) resolve(all);
          else reject(new Error(`${response.statusCode} ${all}`));
        });
        response.on('error', reject);
      });
      outgoing.on('error', reject);
      outgoing.setTimeout(MAX_ANSWER_MS, () => outgoing.destroy(new Error('no answer')));
      outgoing.end(body);
    });
  }

  close() {
    this.#agent.destroy();
  }
}
