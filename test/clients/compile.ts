import { execFile } from 'node:child_process';
import { resolve } from 'node:path';
import { promisify } from 'node:util';

/** Runs the TypeScript compiler in a folder with a `tsconfig.json`. @returns what is wrong; empty if nothing is */
export async function compile(folder: string): Promise<string> {
  const args = [resolve('node_modules/typescript/bin/tsc')];
  try {
    return (await promisify(execFile)(process.execPath, args, { cwd: folder })).stdout;
  } catch (error) {
    return (error as { stdout: string }).stdout;
  }
}
