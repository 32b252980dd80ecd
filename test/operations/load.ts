import { Agent, request } from 'node:http';

/** How often a batch of requests is sent, in milliseconds. */
const BATCH_MS = 10;

/** After a pause of the test's own process, requests for this time at most are made up for, in milliseconds. */
const MAX_CATCH_UP_MS = 100;

/** Sends the same request at a constant rate, however long the answers take. */
export class Load {
  readonly #url: string;
  readonly #body: string;
  readonly #headers: Record<string, string>;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 200 });
  readonly #timer: NodeJS.Timeout;
  readonly #pending = new Set<Promise<void>>();
  readonly #startedAt = performance.now();
  /** What was not answered with the expected text, by what happened. */
  readonly failures = new Map<string, number>();
  sent = 0;
  slowestMs = 0;

  constructor(
    url: string,
    options: {
      readonly query: string;
      readonly headers: Record<string, string>;
      readonly perSecond: number;
      readonly expected: string;
    },
  ) {
    this.#url = url;
    this.#body = JSON.stringify({ query: options.query });
    this.#headers = {
      'content-type': 'application/json',
      'content-length': String(Buffer.byteLength(this.#body)),
      ...options.headers,
    };
    let sentUntil = performance.now();
    this.#timer = setInterval(() => {
      const now = performance.now();
      sentUntil = Math.max(sentUntil, now - MAX_CATCH_UP_MS);
      while (sentUntil < now) {
        sentUntil += 1_000 / options.perSecond;
        this.#send(options.expected);
      }
    }, BATCH_MS);
  }

  /** Requests per second so far. */
  get rate(): number {
    return (this.sent / (performance.now() - this.#startedAt)) * 1_000;
  }

  /** Number of requests that are not answered yet. */
  get underWay(): number {
    return this.#pending.size;
  }

  /** Sends no more requests, and waits for all answers. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#pending);
    this.#agent.destroy();
  }

  #send(expected: string): void {
    this.sent += 1;
    const start = performance.now();
    const sending = this.#ask().then(
      ({ status, body }) => {
        this.slowestMs = Math.max(this.slowestMs, performance.now() - start);
        if (status !== 200 || !body.includes(expected)) this.#fail(`${status} ${body.slice(0, 200)}`);
      },
      (error: unknown) => this.#fail((error as Error).message),
    );
    this.#pending.add(sending);
    void sending.finally(() => this.#pending.delete(sending));
  }

  #ask(): Promise<{ status: number; body: string }> {
    return new Promise((resolve, reject) => {
      const sent = request(
        this.#url,
        { method: 'POST', agent: this.#agent, headers: this.#headers },
        (response) => {
          let body = '';
          response.setEncoding('utf8').on('data', (text: string) => (body += text));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
          response.on('error', reject);
        },
      );
      sent.on('error', reject);
      sent.end(this.#body);
    });
  }

  #fail(what: string): void {
    this.failures.set(what, (this.failures.get(what) ?? 0) + 1);
  }
}
