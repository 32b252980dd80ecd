import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { clearTimeout, setTimeout } from 'node:timers';
import { fileURLToPath, URL } from 'node:url';
import { stringify } from 'yaml';
import { undoLater } from './cleanup.mjs';
import { onCore } from './cores.mjs';

const MAX_STOP_MS = 15_000;
const TICKS_A_SECOND = 100;

/** The path of a file, given relative to this one. */
export const pathOf = (relative) => fileURLToPath(new URL(relative, import.meta.url));

/** The simulated Audience Manager in a process of its own, so that its work is not measured. */
export async function startSimulator(options) {
  const child = fork(pathOf('./simulator-process.mjs'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const stop = undoLater(() => stopChild(child));
  const connection = await exchange(child, { type: 'start', ...options });
  return {
    connection,
    /** Gives a share of all segments another name. */
    rename: (every) => exchange(child, { type: 'rename', every }),
    /** Does not answer any more. */
    hang: () => exchange(child, { type: 'hang' }),
    /** What it was asked for so far: listings, tokens, calls in all. */
    count: () => exchange(child, { type: 'count' }),
    stop,
  };
}

/** What a script beside this file prints, as JSON. */
export async function runScript(file, argument) {
  const flags = ['--expose-gc', pathOf(`./${file}`), JSON.stringify(argument)];
  const child = spawn(process.execPath, flags, { stdio: ['ignore', 'pipe', 'inherit'] });
  const stop = undoLater(() => stopChild(child));
  let text = '';
  child.stdout.on('data', (data) => {
    text += data;
  });
  const [code] = await once(child, 'close');
  await stop();
  if (code !== 0) throw new Error(`${file} ended with ${code}`);
  return JSON.parse(text);
}

/** The gateway as it is run, in a process of its own; it may not be answering yet. */
export async function spawnGateway(config, { core = null, logLevel = 'error', more = [] } = {}) {
  const folder = await createFolder();
  const file = join(folder.path, 'gateway.yaml');
  const port = await freePort();
  await writeFile(file, stringify({ ...config, listen: { port } }), { mode: 0o600 });
  const startedAt = performance.now();
  const flags = [pathOf('../../dist/main.js'), 'serve', '--config', file, '--log-level', logLevel, ...more];
  const server = spawnServer(process.execPath, flags, { core });
  return {
    ...server,
    port,
    startedAt,
    stop: async () => {
      await server.stop();
      await folder.remove();
    },
  };
}

/** Any program that serves; what it prints on standard output is read and dropped. */
export function spawnServer(program, words, { core = null, ipc = false, env = {} } = {}) {
  const child = spawn(...onCore(core, program, words), {
    stdio: ['ignore', 'pipe', 'inherit', ...(ipc ? ['ipc'] : [])],
    env: { ...process.env, ...env },
  });
  child.stdout.resume();
  return {
    child,
    alive: () => child.exitCode === null && child.signalCode === null,
    residentBytes: () => memoryOf(child.pid, 'VmRSS'),
    peakBytes: () => memoryOf(child.pid, 'VmHWM'),
    processorSeconds: () => processorSeconds(child.pid),
    /** Of the process, and of those that it has started. */
    processorSecondsOfAll: async () => {
      const pids = [child.pid, ...(await childrenOf(child.pid))];
      return (await Promise.all(pids.map(processorSeconds))).reduce((sum, one) => sum + one, 0);
    },
    stop: undoLater(() => stopChild(child)),
  };
}

/** A script of this folder that serves on its own choice of port and says which by its first message. */
export async function startScript(file, words, options) {
  const server = spawnServer(process.execPath, [file, ...words], { ...options, ipc: true });
  return { ...server, port: (await answerOf(server.child)).port };
}

/** Has a process do something, and waits for its answer. */
export async function exchange(child, message) {
  const answer = answerOf(child);
  child.send(message);
  return await answer;
}

/** An empty folder of our own, gone after `remove`. */
export async function createFolder() {
  const path = await mkdtemp(join(tmpdir(), 'aam-gateway-bench-'));
  return { path, remove: undoLater(() => rm(path, { recursive: true, force: true })) };
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function answerOf(child) {
  return new Promise((resolve, reject) => {
    const onMessage = (value) => {
      child.off('exit', onExit);
      resolve(value);
    };
    const onExit = (code, signal) => {
      child.off('message', onMessage);
      reject(new Error(`${child.spawnargs.join(' ')} ended with ${code ?? signal}`));
    };
    child.once('message', onMessage);
    child.once('exit', onExit);
  });
}

async function stopChild(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const end = once(child, 'exit');
  child.kill();
  const late = setTimeout(() => child.kill('SIGKILL'), MAX_STOP_MS);
  await end;
  clearTimeout(late);
}

/** Memory of a process as the system counts it; `null` where that cannot be read. */
async function memoryOf(pid, field) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  const match = new RegExp(`${field}:\\s+(\\d+) kB`).exec(status);
  return match === null ? null : Number(match[1]) * 1024;
}

/** The processes that a process has started; none where that cannot be read. */
async function childrenOf(pid) {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8').catch(() => '');
  return text.split(' ').filter((child) => child !== '');
}

/** Processor time that a process has taken so far; `null` where that cannot be read. */
async function processorSeconds(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name of the program, in brackets, may hold blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return stat === '' ? null : (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}
