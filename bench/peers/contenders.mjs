import { readFileSync } from 'node:fs';
import { fileURLToPath, URL } from 'node:url';
import { Client } from '../support/client.mjs';
import { SERVER_CORE } from '../support/cores.mjs';
import { spawnGateway, startScript } from '../support/processes.mjs';
import { versionOf } from './install.mjs';
import { ACCESS_HEADERS } from './gateway-config.mjs';
import { startTailcall, tailcallProblem } from './tailcall.mjs';

const core = SERVER_CORE;

/** The gateway as a user runs it, at its usual log level, its log being read by another process. */
export async function startGateway(config) {
  const gateway = await spawnGateway(config, { core, logLevel: 'info' });
  const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return await answering({ key: 'gateway', title: 'gateway', version, headers: ACCESS_HEADERS, ...gateway });
}

/** The bare server, with answers from files in pairs: requests and answers. */
export async function startBare(files) {
  const server = await startScript(scriptOf('bare'), files, { core, env: PRODUCTION });
  return { key: 'bare', title: 'bare node:http', version: null, headers: {}, ...server };
}

/**
 * The servers to compare with, of the data in a file.
 *
 * @returns `peers`, and `missing` with a sentence for each that cannot be had here
 */
export async function startPeers(dataFile) {
  const peers = [];
  for (const { key, title, name } of SCRIPTS) {
    const server = await startScript(scriptOf(key), [dataFile], { core, env: PRODUCTION });
    peers.push(await answering({ key, title, version: versionOf(name), headers: {}, ...server }));
  }
  const problem = tailcallProblem();
  if (problem !== null) return { peers, missing: [`Tailcall could not be had: ${problem}.`] };
  const tailcall = await startTailcall(dataFile);
  const about = { key: 'tailcall', title: 'Tailcall', version: versionOf('tailcall'), headers: {} };
  return { peers: [...peers, await answering({ ...about, ...tailcall })], missing: [] };
}

const PRODUCTION = { NODE_ENV: 'production' };

const SCRIPTS = [
  { key: 'apollo', title: 'Apollo Server', name: '@apollo/server' },
  { key: 'yoga', title: 'GraphQL Yoga', name: 'graphql-yoga' },
  { key: 'mercurius', title: 'Mercurius', name: 'mercurius' },
];

function scriptOf(key) {
  return fileURLToPath(new URL(`./servers/${key}.mjs`, import.meta.url));
}

/** Once it answers anything at all. */
async function answering(contender) {
  const client = new Client(contender.port, contender.headers);
  try {
    await client.waitFor(contender, () => client.ask('{ __typename }', {}));
    return contender;
  } finally {
    client.close();
  }
}
