import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { fileURLToPath, URL } from 'node:url';
import { stringify } from 'yaml';

const pathOf = (relative) => fileURLToPath(new URL(relative, import.meta.url));

/** The simulated Audience Manager in a process of its own, so that its work is not measured. */
export async function startSimulator(options) {
  const child = fork(pathOf('./simulator-process.mjs'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ask = async (message) => {
    const answer = once(child, 'message');
    child.send(message);
    const [value] = await answer;
    return value;
  };
  const connection = await ask({ type: 'start', ...options });
  return {
    connection,
    /** Gives a share of all segments another name. */
    rename: (every) => ask({ type: 'rename', every }),
    stop: () => stopChild(child),
  };
}

/** What a script beside this file prints, as JSON. */
export async function runScript(file, argument) {
  const flags = ['--expose-gc', pathOf(`./${file}`), JSON.stringify(argument)];
  const child = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (data) => {
    text += data;
  });
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${file} ended with ${code}`);
  return JSON.parse(text);
}

/** The gateway as it is run, in a process of its own; it may not be answering yet. */
export async function spawnGateway(config) {
  const folder = await mkdtemp(join(tmpdir(), 'aam-gateway-bench-'));
  const file = join(folder, 'gateway.yaml');
  const port = await freePort();
  await writeFile(file, stringify({ ...config, listen: { port } }), { mode: 0o600 });
  const startedAt = performance.now();
  const flags = [pathOf('../../dist/main.js'), 'serve', '--config', file, '--log-level', 'error'];
  const child = spawn(process.execPath, flags, { stdio: ['ignore', 'ignore', 'inherit'] });
  return {
    port,
    startedAt,
    alive: () => child.exitCode === null,
    residentBytes: () => residentBytes(child.pid),
    stop: async () => {
      await stopChild(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function stopChild(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const end = once(child, 'exit');
  child.kill();
  await end;
}

/** Memory of a process as the system counts it; `null` where that cannot be read. */
async function residentBytes(pid) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const match = /VmRSS:\s+(\d+) kB/.exec(status);
  return match === null ? null : Number(match[1]) * 1024;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
