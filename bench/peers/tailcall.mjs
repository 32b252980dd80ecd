import { spawnSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, URL } from 'node:url';
import { LOAD_CORE, SERVER_CORE } from '../support/cores.mjs';
import { createFolder, freePort, spawnServer, startScript } from '../support/processes.mjs';
import { versionOf } from './install.mjs';

const pathOf = (file) => fileURLToPath(new URL(file, import.meta.url));
const BINARY = pathOf('./node_modules/tailcall/bin/tailcall');

/** Why Tailcall cannot be run here; `null`: it can. */
export function tailcallProblem() {
  if (versionOf('tailcall') === null) return 'there is no package of it for this system';
  const { status, error, stderr } = spawnSync(BINARY, ['--version'], { encoding: 'utf8' });
  return status === 0 ? null : `it does not start: ${(error?.message ?? stderr).trim().split('\n').at(-1)}`;
}

/** Tailcall in front of a REST API of the same data, whose answers it keeps for a day. */
export async function startTailcall(dataFile) {
  const upstream = await startScript(pathOf('./servers/upstream.mjs'), [dataFile], { core: LOAD_CORE });
  const folder = await createFolder();
  const port = await freePort();
  const file = join(folder.path, 'tailcall.graphql');
  const template = await readFile(new URL('./servers/tailcall.graphql', import.meta.url), 'utf8');
  await writeFile(
    file,
    template
      .replaceAll('http://upstream/', `http://127.0.0.1:${upstream.port}/`)
      .replace('port: 8000', `port: ${port}`),
  );
  const server = spawnServer(BINARY, ['start', file], {
    core: SERVER_CORE,
    // It is to tell nobody that it runs, nor to look for a newer version.
    env: {
      TAILCALL_TRACKER: 'false',
      HTTPS_PROXY: 'http://127.0.0.1:1',
      XDG_CACHE_HOME: folder.path,
      TAILCALL_LOG_LEVEL: 'error',
    },
  });
  return {
    ...server,
    port,
    stop: async () => {
      await server.stop();
      await upstream.stop();
      await folder.remove();
    },
  };
}
