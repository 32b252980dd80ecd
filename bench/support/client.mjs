import { Buffer } from 'node:buffer';
import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const NAMES = `query Names($customerId: ID!, $destinationId: ID!, $ids: [ID!]!) {
  segments(customerId: $customerId, destinationId: $destinationId, ids: $ids) { id name }
}`;

const REFRESH = `mutation Refresh($customerId: ID!, $destinationId: ID!) {
  refreshDestination(customerId: $customerId, id: $destinationId) { sync { segmentCount } }
}`;

/** Asks a gateway over HTTP on connections that stay open. */
export class Client {
  #agent = new Agent({ keepAlive: true });
  #port;

  constructor(port) {
    this.#port = port;
  }

  /** The names of many IDs of one destination. */
  async names(key, ids) {
    const { segments } = await this.#run(NAMES, { ...key, ids });
    return segments;
  }

  /** Has a destination read now. */
  async refresh(key) {
    await this.#run(REFRESH, key);
  }

  /** Until it answers. */
  async waitFor(gateway, ask) {
    for (;;) {
      try {
        return await ask();
      } catch (error) {
        if (error.code !== 'ECONNREFUSED' || !gateway.alive()) throw error;
        await sleep(2);
      }
    }
  }

  close() {
    this.#agent.destroy();
  }

  async #run(query, variables) {
    const { data, errors } = JSON.parse(await this.#post(JSON.stringify({ query, variables })));
    if (errors !== undefined) throw new Error(JSON.stringify(errors));
    return data;
  }

  #post(body) {
    return new Promise((resolve, reject) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      const options = { port: this.#port, path: '/graphql', method: 'POST', agent: this.#agent, headers };
      const outgoing = request({ host: '127.0.0.1', ...options }, (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (data) => {
          text += data;
        });
        response.on('end', () => resolve(text));
        response.on('error', reject);
      });
      outgoing.on('error', reject);
      outgoing.end(body);
    });
  }
}
