import { mkdir, rename, rm, symlink } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RunningCommand, TemporaryFolder } from '../support/command.js';

let folder: TemporaryFolder;
beforeEach(async () => {
  folder = await TemporaryFolder.create();
});
afterEach(() => folder[Symbol.asyncDispose]());

const customers = (...ids: readonly string[]): string =>
  `customers: [${ids.map((id) => `{ id: ${id} }`).join(', ')}]\n`;

const main = (watch: boolean): string =>
  `listen: { port: 0 }\nconfig: { watch: ${watch} }\ninclude: [customers/*.yaml]\n${customers('own')}`;

async function serve(path: string): Promise<RunningCommand> {
  const command = new RunningCommand(['serve', '--config', path], {}, folder.path);
  await command.url();
  return command;
}

/** The customers that a running gateway serves, by name. */
async function servedBy(command: RunningCommand): Promise<string[]> {
  const response = await fetch(await command.url(), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"query":"{ customers { nodes { id } } }"}',
  });
  const { data } = (await response.json()) as { data: { customers: { nodes: { id: string }[] } } };
  return data.customers.nodes.map(({ id }) => id);
}

/** Waits until the configuration was loaded again and has so many customers. */
const reloaded = (command: RunningCommand, count: number): Promise<unknown> =>
  command.prints(new RegExp(`"customers":${count},"msg":"configuration reloaded"`));

describe('serve with config.watch', () => {
  it('takes new and changed files over by itself, and keeps the old ones while the new are wrong', async () => {
    await mkdir(folder.pathOf('customers'));
    const path = await folder.write('gateway.yaml', main(true));
    await using command = await serve(path);
    await folder.write('customers/a.yaml', customers('a', 'b'));
    await reloaded(command, 3);
    expect(await servedBy(command)).toEqual(['a', 'b', 'own']);
    await folder.write('customers/a.yaml', customers('a', 'own'));
    await command.prints(/configuration refused; the previous one stays in effect/);
    expect(command.stdout).toContain(String.raw`\"own\" is the same as customers[0].id in gateway.yaml`);
    expect(await servedBy(command)).toEqual(['a', 'b', 'own']);
    await folder.write('customers/a.yaml', customers('a', 'b', 'c'));
    await reloaded(command, 4);
    expect(await servedBy(command)).toEqual(['a', 'b', 'c', 'own']);
    command.kill('SIGTERM');
    expect(await command.exit).toEqual({ code: 0, signal: null });
  });

  it('begins to watch when a reload turns it on', async () => {
    await mkdir(folder.pathOf('customers'));
    const path = await folder.write('gateway.yaml', main(false));
    await using command = await serve(path);
    await folder.write('gateway.yaml', main(true));
    command.kill('SIGHUP');
    await reloaded(command, 1);
    expect(command.stdout).not.toContain('take effect at the next start');
    await folder.write('customers/a.yaml', customers('a'));
    await reloaded(command, 2);
  });

  it('follows the volumes of Kubernetes, whose link to the current version is replaced', async () => {
    const swap = async (version: number, ...ids: readonly string[]): Promise<void> => {
      const name = `volume/..${version}`;
      await mkdir(folder.pathOf(name), { recursive: true });
      await folder.write(
        `${name}/gateway.yaml`,
        `listen: { port: 0 }\nconfig: { watch: true }\ninclude: [more.yaml]`,
      );
      await folder.write(`${name}/more.yaml`, customers(...ids));
      await symlink(`..${version}`, folder.pathOf('volume/..data_tmp'));
      await rename(folder.pathOf('volume/..data_tmp'), folder.pathOf('volume/..data'));
      await rm(folder.pathOf(`volume/..${version - 1}`), { recursive: true, force: true });
    };
    await swap(1, 'a');
    for (const name of ['gateway.yaml', 'more.yaml']) {
      await symlink(`..data/${name}`, folder.pathOf(`volume/${name}`));
    }
    await using command = await serve(folder.pathOf('volume/gateway.yaml'));
    await swap(2, 'a', 'b');
    await reloaded(command, 2);
    await swap(3, 'a', 'b', 'c');
    await reloaded(command, 3);
    expect(await servedBy(command)).toEqual(['a', 'b', 'c']);
    expect(command.stdout).not.toContain('refused');
  });
});
