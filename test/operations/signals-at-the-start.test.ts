import { execFile } from 'node:child_process';
import { open } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { promisify } from 'node:util';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RunningCommand, TemporaryFolder } from '../support/command.js';

const CONFIG = 'listen: { port: 0 }\ncustomers: [{ id: acme }]\n';

/** Starts `serve` with a pipe as its configuration. It waits for the text, and has installed its signals by then. */
async function serveFromPipe(folder: TemporaryFolder): Promise<{ command: RunningCommand; pipe: string }> {
  const pipe = folder.pathOf('gateway.yaml');
  await promisify(execFile)('mkfifo', [pipe]);
  return { command: new RunningCommand(['serve', '--config', pipe]), pipe };
}

/** Resolves when a process has opened the pipe to read it. */
async function openedPipe(pipe: string): ReturnType<typeof open> {
  return await open(pipe, 'w');
}

describe('a gateway whose start is not over', () => {
  it('keeps SIGHUP, and reads its configuration again when it runs', async () => {
    await using folder = await TemporaryFolder.create();
    const { command, pipe } = await serveFromPipe(folder);
    await using gateway = command;
    for (const [index, expected] of [/gateway is listening/, /configuration reloaded/].entries()) {
      const file = await openedPipe(pipe);
      if (index === 0) gateway.kill('SIGHUP');
      await file.writeFile(CONFIG);
      await file.close();
      await gateway.prints(expected);
    }
    gateway.kill('SIGTERM');
    expect(await gateway.exit).toEqual({ code: 0, signal: null });
  });

  it('stops when it is told to while it reads its configuration', async () => {
    await using folder = await TemporaryFolder.create();
    const { command, pipe } = await serveFromPipe(folder);
    await using gateway = command;
    const file = await openedPipe(pipe);
    gateway.kill('SIGTERM');
    await file.writeFile(CONFIG);
    await file.close();
    expect(await gateway.exit).toEqual({ code: 0, signal: null });
    expect(gateway.stdout).not.toContain('gateway is listening');
  });

  it('stops within the limit when it is told to while its database does not answer', async () => {
    const silent = createServer(() => undefined).listen(0, '127.0.0.1');
    await once(silent, 'listening');
    onTestFinished(() => void silent.close());
    const { port } = silent.address() as AddressInfo;
    await using folder = await TemporaryFolder.create();
    const config = await folder.write(
      'gateway.yaml',
      `${CONFIG}storage: { postgres: 'postgres://a@127.0.0.1:${port}/a' }\nshutdown: { limit: 1s }\n`,
    );
    const connected = once(silent, 'connection');
    await using gateway = new RunningCommand(['serve', '--config', config]);
    await connected;
    gateway.kill('SIGTERM');
    expect(await gateway.exit).toEqual({ code: 0, signal: null });
  });
});
