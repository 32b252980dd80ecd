import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

/** What stands in front of a gateway does with one request, instead of passing it on. */
export type Reply = (response: ServerResponse) => void;

/** A request as the gateway would get it. */
export interface SeenRequest {
  readonly headers: IncomingMessage['headers'];
  readonly keys: readonly { readonly destinationId: string; readonly segmentId: string }[];
}

/** A server in front of a gateway that notes requests, and spoils some of the answers. */
export class Front implements AsyncDisposable {
  readonly requests: SeenRequest[] = [];
  /** For the next requests, in order. */
  readonly replies: Reply[] = [];
  /** The greatest number of requests at the same time. */
  mostAtOnce = 0;
  /** Requests that the client has given up. */
  abandoned = 0;
  readonly #server: Server;
  readonly #target: string;
  #open = 0;
  readonly #waiters = new Set<() => void>();

  private constructor(target: string) {
    this.#target = target;
    this.#server = createServer((request, response) => void this.#handle(request, response));
  }

  static async start(target: string): Promise<Front> {
    const front = new Front(target);
    await new Promise<void>((resolve) => front.#server.listen(0, '127.0.0.1', resolve));
    return front;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/graphql`;
  }

  /** Waits until something holds that a request or its end brings about. */
  async until(holds: () => boolean): Promise<void> {
    while (!holds()) {
      await new Promise<void>((resolve) => this.#waiters.add(resolve));
      this.#waiters.clear();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const { variables } = JSON.parse(body) as { variables: Pick<SeenRequest, 'keys'> };
    this.requests.push({ headers: request.headers, keys: variables.keys });
    this.#open += 1;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#open);
    response.on('close', () => {
      this.#open -= 1;
      if (!response.writableFinished) this.abandoned += 1;
      for (const wake of [...this.#waiters]) wake();
    });
    for (const wake of [...this.#waiters]) wake();
    const reply = this.replies.shift();
    if (reply !== undefined) reply(response);
    else await this.#pass(request, body, response);
  }

  async #pass(request: IncomingMessage, body: string, response: ServerResponse): Promise<void> {
    const names = ['content-type', 'accept', 'x-api-key', 'authorization'];
    const headers = names.flatMap((name): [string, string][] => {
      const value = request.headers[name];
      return typeof value === 'string' ? [[name, value]] : [];
    });
    // The headers are passed on, so the answer must be as it was sent.
    headers.push(['accept-encoding', 'identity']);
    const answer = await fetch(this.#target, { method: 'POST', headers, body });
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
  }
}

/** Answers with a status, and with what a proxy has as a body. */
export function answering(status: number, headers: Record<string, string> = {}, body = '<html>'): Reply {
  return (response) => response.writeHead(status, headers).end(body);
}

/** Never answers. */
export const silent: Reply = () => undefined;

/** Ends the connection in the middle of the answer. */
export const broken: Reply = (response) => {
  response.writeHead(200, { 'content-length': 1000 });
  response.write('{"data"', () => response.destroy());
};
