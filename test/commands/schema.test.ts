import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createSchema } from '../../src/graphql/index.js';
import { subgraphSdl } from '../../src/graphql/subgraph-sdl.js';
import { programVersion } from '../../src/base/program-files.js';
import { runCommand } from '../support/command.js';

const HEADER = `# The API of aam-segment-gateway ${programVersion}`;

describe('aam-gateway schema', () => {
  it('prints the schema of the API, as schema.graphql has it', async () => {
    const file = await readFile('schema.graphql', 'utf8');
    const stdout = file.replace(/^# .*$/m, HEADER);
    expect(await runCommand(['schema'])).toMatchObject({ code: 0, stdout, stderr: '' });
  });

  it('prints it as a subgraph', async () => {
    const sdl = subgraphSdl(createSchema());
    const stdout = `${HEADER}\n\n${sdl}`;
    expect(sdl).toMatch(/^extend schema @link\(url: "https:\/\/specs\.apollo\.dev\/federation\/v2\.0"/);
    expect(await runCommand(['schema', '--federation'])).toMatchObject({ code: 0, stdout, stderr: '' });
  });

  it('prints a part of it, and says so if what is to be left out is not there', async () => {
    const without = ['Query', 'Mutation', 'Customer'];
    const stdout = `${HEADER}\n\n${subgraphSdl(createSchema(), without)}`;
    const flags = ['schema', '--federation', '--without'];
    expect(await runCommand([...flags, 'Query, Mutation,Customer'])).toMatchObject({ code: 0, stdout });
    expect(await runCommand(['schema', '--without', 'Query.node'])).toMatchObject({
      code: 0,
      stdout: expect.not.stringContaining('  node(') as string,
    });
    for (const name of ['Query.nothing', 'constructor', 'Querys']) {
      expect(await runCommand([...flags, `Query,${name}`])).toMatchObject({
        code: 2,
        stdout: '',
        stderr: expect.stringContaining(`the schema has no type or field ${name}; name a type`) as string,
      });
    }
  });

  it('takes no configuration', async () => {
    const { code, stdout, stderr } = await runCommand(['schema', '--config', 'gateway.yaml']);
    expect([code, stdout, stderr]).toEqual([
      2,
      '',
      expect.stringContaining("unknown option '--config'") as string,
    ]);
  });
});
