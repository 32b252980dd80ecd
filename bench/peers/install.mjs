import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath, URL } from 'node:url';

const FOLDER = new URL('./', import.meta.url);

/** Installs the servers to compare with, unless they are there. They are no part of the gateway's packages. */
export function installPeers({ progress }) {
  if (existsSync(new URL('node_modules/', FOLDER))) return;
  progress('installing the peers');
  const words = ['ci', '--no-audit', '--no-fund', '--loglevel', 'error'];
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const { status } = spawnSync(npm, words, { cwd: fileURLToPath(FOLDER), stdio: ['ignore', 2, 2] });
  if (status !== 0) throw new Error('npm ci failed in bench/peers; run it there by hand to see why');
}

/** As installed; `null` where the package could not be had. */
export function versionOf(name) {
  const file = new URL(`node_modules/${name}/package.json`, FOLDER);
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).version.replace(/^v/, '') : null;
}
