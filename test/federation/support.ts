import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { IncomingHttpHeaders } from 'node:http';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { composeServices } from '@apollo/composition';
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginInlineTraceDisabled } from '@apollo/server/plugin/disabled';
import { startStandaloneServer } from '@apollo/server/standalone';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import { TemporaryFolder } from '../support/command.js';
import type { Answer } from '../support/graphql-request.js';

/** A subgraph as composition takes it. */
export interface Subgraph {
  readonly name: string;
  readonly url: string;
  readonly sdl: string;
}

/** @returns the schema of the supergraph @throws Error if the subgraphs do not compose */
export function compose(...subgraphs: readonly Subgraph[]): string {
  const { supergraphSdl, errors = [] } = composeServices(
    subgraphs.map(({ name, url, sdl }) => ({ name, url, typeDefs: parse(sdl) })),
  );
  if (supergraphSdl === undefined) throw new Error(errors.join('\n'));
  return supergraphSdl;
}

/** The subgraph of another team, as Apollo Server serves it. */
export class OtherSubgraph implements AsyncDisposable, Subgraph {
  readonly name = 'reports';
  readonly url: string;
  readonly sdl: string;
  /** The headers of the requests that it got. */
  readonly headers: readonly IncomingHttpHeaders[];
  readonly #server: ApolloServer;

  private constructor(
    server: ApolloServer,
    { url, sdl, headers }: Pick<OtherSubgraph, 'url' | 'sdl' | 'headers'>,
  ) {
    this.#server = server;
    this.url = url;
    this.sdl = sdl;
    this.headers = headers;
  }

  /** @param query what the fields of the query type return */
  static async start(sdl: string, query: Readonly<Record<string, () => unknown>>): Promise<OtherSubgraph> {
    const server = new ApolloServer({
      schema: buildSubgraphSchema({ typeDefs: parse(sdl), resolvers: { Query: query } }),
      plugins: [ApolloServerPluginInlineTraceDisabled()],
      stopOnTerminationSignals: false,
    });
    const headers: IncomingHttpHeaders[] = [];
    const { url } = await startStandaloneServer(server, {
      listen: { host: '127.0.0.1', port: 0 },
      context: ({ req }) => {
        headers.push(req.headers);
        return Promise.resolve({});
      },
    });
    return new OtherSubgraph(server, { url, sdl, headers });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.stop();
  }
}

/** A Hive Gateway as a process. */
export class HiveGateway implements AsyncDisposable {
  readonly #url: string;
  readonly #process: ChildProcess;
  readonly #folder: TemporaryFolder;

  private constructor(url: string, process: ChildProcess, folder: TemporaryFolder) {
    this.#url = url;
    this.#process = process;
    this.#folder = folder;
  }

  /**
   * @param config the text of `gateway.config.mjs`
   * @param files what it names, by path in the folder of the configuration
   */
  static async start(config: string, files: Readonly<Record<string, string>> = {}): Promise<HiveGateway> {
    const folder = await TemporaryFolder.create();
    for (const [name, text] of Object.entries(files)) await folder.write(name, text);
    await folder.write('gateway.config.mjs', config);
    const program = fileURLToPath(new URL('hive-gateway.mjs', import.meta.url));
    const child = spawn(process.execPath, [program, folder.pathOf('gateway.config.mjs')], {
      cwd: folder.path,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    for await (const url of createInterface(child.stdout)) return new HiveGateway(url, child, folder);
    throw new Error('Hive Gateway has not started; what it printed says why');
  }

  /** Runs an operation over HTTP. */
  async query(query: string, headers: Record<string, string> = {}): Promise<Answer<Record<string, unknown>>> {
    const response = await fetch(this.#url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ query }),
    });
    return (await response.json()) as Answer<Record<string, unknown>>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const end = once(this.#process, 'exit');
    if (this.#process.exitCode === null && this.#process.kill('SIGKILL')) await end;
    await this.#folder[Symbol.asyncDispose]();
  }
}
