import { execFile } from 'node:child_process';
import { copyFile, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import runtime, {
  type ConcreteRequest,
  type Environment,
  type GraphQLResponse,
  type OperationDescriptor,
} from 'relay-runtime';
import { TemporaryFolder } from '../support/command.js';
import type { CachingClient, ClientKind, Operation } from './client.js';
import { DOCUMENTS, operationNameOf } from './operations.js';

const require = createRequire(import.meta.url);

/** Relay: its store knows an object by `id` alone, whatever its type. */
export const relay: ClientKind = {
  name: 'Relay',
  connect: (url, fetch) => connectRelay(url, fetch, Object.values(DOCUMENTS)),
};

/** A Relay client for these documents, which may hold Relay's own directives. */
export async function connectRelay(
  url: string,
  fetch: typeof globalThis.fetch,
  documents: readonly string[],
): Promise<CachingClient> {
  const requests = await compile(documents);
  const environment = createEnvironment(url, fetch);
  const describe = ({ document, variables }: Operation): OperationDescriptor =>
    runtime.createOperationDescriptor(requests.get(operationNameOf(document))!, variables);
  const fetchQuery = async (operation: Operation): Promise<unknown> => {
    const { request } = describe(operation);
    // As long as a page shows a query, Relay keeps its answer in the store.
    environment.retain(describe(operation));
    return await runtime.fetchQuery(environment, request.node, request.variables).toPromise();
  };
  return {
    query: fetchQuery,
    refetch: fetchQuery,
    mutate: ({ document, variables }) =>
      new Promise((onCompleted, onError) => {
        const mutation = requests.get(operationNameOf(document))!;
        runtime.commitMutation(environment, { mutation, variables, onCompleted, onError });
      }),
    read: (operation) => {
      const { data, isMissingData } = environment.lookup(describe(operation).fragment);
      return isMissingData ? null : data;
    },
  };
}

function createEnvironment(url: string, fetch: typeof globalThis.fetch): Environment {
  return new runtime.Environment({
    store: new runtime.Store(new runtime.RecordSource()),
    network: runtime.Network.create(async ({ text: query }, variables) => {
      const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ query, variables }),
      });
      return (await response.json()) as GraphQLResponse;
    }),
  });
}

/**
 * Compiles documents with Relay's compiler, which also checks them against `schema.graphql`. Its output is not kept
 * in the repository, so that it always fits the schema and the installed version of Relay.
 *
 * @returns the compiled operations by name
 */
async function compile(documents: readonly string[]): Promise<Map<string, ConcreteRequest>> {
  await using folder = await TemporaryFolder.create();
  await mkdir(folder.pathOf('source'));
  await mkdir(folder.pathOf('compiled'));
  // Relay wants the names of operations to begin with the name of the file that they are in.
  await folder.write('source/Clients.js', documents.map((text) => `graphql\`${text}\`;\n`).join(''));
  await copyFile('schema.graphql', folder.pathOf('schema.graphql'));
  const config = {
    src: './source',
    schema: './schema.graphql',
    artifactDirectory: './compiled',
    language: 'javascript',
    eagerEsModules: false,
  };
  await folder.write('relay.config.json', JSON.stringify(config));
  const compiler = require.resolve('relay-compiler/cli.js');
  const options = ['--noWatchman', '--output', 'quiet-with-errors', 'relay.config.json'];
  await promisify(execFile)(process.execPath, [compiler, ...options], { cwd: folder.path });
  return new Map(
    documents.map(operationNameOf).map((name) => {
      const request = require(folder.pathOf(`compiled/${name}.graphql.js`)) as ConcreteRequest;
      return [name, request];
    }),
  );
}
