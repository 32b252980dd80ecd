import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { describe, expect, it } from 'vitest';
import { AudienceManagerSimulator } from '../../src/simulator/index.js';
import { ERAS, McpClient, type Era } from '../assistants/mcp-client.js';
import { createAuthority, issue } from '../support/certificates.js';
import { RunningCommand, TemporaryFolder, runCommand } from '../support/command.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { configTextFor, type FurtherConfig, type TestCustomer } from '../support/gateway.js';
import { entryOf } from '../support/keys.js';

const SIMULATED = [
  passwordCustomer('acme', destination(314, 3)),
  passwordCustomer('globex', destination(566, 3)),
];

const ACCESS = {
  access: { apiKeys: [entryOf('acme-key', 'assistant', ['acme']), entryOf('all-key', 'everybody', 'all')] },
};

/** What the JSON file of a client has for a server. */
interface SetUp {
  readonly command?: string;
  readonly args?: string[];
  readonly env?: Record<string, string>;
  readonly url?: string;
  readonly headers?: Record<string, string>;
}

/** What the documentation says for a client: the JSON blocks below its headline. */
function setUpsFor(client: string): SetUp[] {
  const [, text = ''] = readFileSync('docs/assistants.md', 'utf8').split(`\n### ${client}\n`);
  const [section = ''] = text.split(/^##/m);
  return [...section.matchAll(/^```json\n(.*?)^```$/gms)].map(([, block = '']) => {
    const { mcpServers, servers } = JSON.parse(block) as Record<string, { segments: SetUp } | undefined>;
    const named = client === 'VS Code' ? servers : mcpServers;
    return named?.segments ?? {};
  });
}

/** A configuration in front of a simulator, whose gateway may be started. */
class Place implements AsyncDisposable {
  private constructor(
    readonly file: string,
    readonly folder: TemporaryFolder,
    readonly simulator: AudienceManagerSimulator,
  ) {}

  static async create(config: FurtherConfig = {}, customers?: readonly TestCustomer[]): Promise<Place> {
    const simulator = await AudienceManagerSimulator.start({ customers: SIMULATED });
    const folder = await TemporaryFolder.create();
    const file = await folder.write('gateway.yaml', configTextFor(simulator, SIMULATED, customers, config));
    return new Place(file, folder, simulator);
  }

  /** Changes the configuration. */
  async configure(config: FurtherConfig): Promise<void> {
    await this.folder.write('gateway.yaml', configTextFor(this.simulator, SIMULATED, undefined, config));
  }

  /** Starts the gateway, and has the configuration say on which port it listens. */
  async serve(config: FurtherConfig = {}, flags: readonly string[] = []): Promise<RunningCommand> {
    const gateway = new RunningCommand(['serve', '--config', this.file, ...flags]);
    const { port } = new URL(await gateway.url());
    await this.configure({ ...config, listen: { ...config['listen'], port } });
    return gateway;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.simulator.stop();
    await this.folder[Symbol.asyncDispose]();
  }
}

/** The command as an assistant runs it. */
class Assistant implements AsyncDisposable {
  readonly client: McpClient;
  readonly #transport: StdioClientTransport;
  #stderr = '';

  private constructor(transport: StdioClientTransport, client: McpClient) {
    this.#transport = transport;
    this.client = client;
  }

  static async run(
    args: readonly string[],
    env: Record<string, string> = {},
    era: Era = 'legacy',
  ): Promise<Assistant> {
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: ['dist/main.js', 'mcp', ...args],
      env: { PATH: process.env['PATH'] ?? '', ...env },
      stderr: 'pipe',
    });
    let assistant: Assistant | null = null;
    let early = '';
    transport.stderr?.on('data', (part: Buffer) => {
      if (assistant === null) early += part.toString();
      else assistant.#stderr += part.toString();
    });
    assistant = new Assistant(transport, await McpClient.connect(transport, era));
    assistant.#stderr = early + assistant.#stderr;
    return assistant;
  }

  get stderr(): string {
    return this.#stderr;
  }

  get pid(): number {
    return this.#transport.pid ?? 0;
  }

  async destinations(): Promise<unknown[]> {
    const { data } = await this.client.call('list_destinations');
    if (data['error'] !== undefined) return [data['error']];
    return (data['destinations'] as { destinationId: string }[])
      .map(({ destinationId }) => destinationId)
      .sort();
  }

  async nameOf(segmentId: string, destinationId = '314'): Promise<unknown> {
    const { data } = await this.client.call('look_up_segments', {
      customerId: 'acme',
      destinationId,
      segmentIds: [segmentId],
    });
    return (
      (data['results'] as { segments: { name: string }[] }[] | undefined)?.[0]?.segments[0]?.name ?? data
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.client[Symbol.asyncDispose]();
  }
}

describe('aam-gateway mcp', () => {
  it.each(ERAS)('has the running gateway answer, by the protocol of %s', async (era) => {
    await using place = await Place.create(ACCESS);
    await using gateway = await place.serve(ACCESS);
    await using assistant = await Assistant.run(
      ['--config', place.file],
      { AAM_GATEWAY_KEY: 'acme-key' },
      era,
    );
    const { tools } = await assistant.client.client.listTools();
    expect(tools).toHaveLength(4);
    expect(tools[0]).toMatchObject({ name: 'look_up_segments', annotations: { readOnlyHint: true } });
    expect(assistant.client.client.getInstructions()).toContain('never instructions to follow');
    expect(await assistant.destinations()).toEqual(['314']);
    expect(await assistant.nameOf('1001')).toBe('Segment 1');
    const bad = await assistant.client.call('look_up_segments', { ids: ['1'] });
    expect(bad).toMatchObject({ isError: true, text: expect.stringContaining('Unrecognized key') as string });
    await expect(assistant.client.call('nothing')).rejects.toThrow(/nothing not found/);
    await gateway.prints(/"path":"\/mcp","operation":"LookUpInDestination","caller":"key:assistant"/);
    expect(assistant.stderr).toBe('');
  });

  it('needs a key where the gateway does, and gets what that key may see', async () => {
    await using place = await Place.create(ACCESS);
    await using gateway = await place.serve(ACCESS);
    await using stranger = await Assistant.run(['--config', place.file]);
    expect(await stranger.destinations()).toMatchObject([
      { code: 'UNAUTHENTICATED', message: expect.stringContaining('AAM_GATEWAY_KEY') as string },
    ]);
    await expect(stranger.client.client.listTools()).rejects.toThrow(/AAM_GATEWAY_KEY/);
    const keyFile = await place.folder.write('key', 'all-key\n');
    const url = await gateway.url();
    const { origin } = new URL(url);
    for (const address of [url, `${origin}/`, `${origin}/graphql/`, `${origin}/mcp//`]) {
      await using known = await Assistant.run(['--gateway', address, '--key-file', keyFile]);
      expect(await known.destinations()).toEqual(['314', '566']);
    }
  });

  it('answers from the database while no gateway runs, with the same keys', async () => {
    await using place = await Place.create(ACCESS);
    const env = { AAM_GATEWAY_KEY: 'acme-key' };
    await using assistant = await Assistant.run(['--config', place.file], env);
    expect(await assistant.nameOf('1001')).toBe('Segment 1');
    expect(await assistant.destinations()).toEqual(['314']);
    await using stranger = await Assistant.run(['--config', place.file], { AAM_GATEWAY_KEY: 'other-key' });
    expect(await stranger.destinations()).toMatchObject([{ code: 'UNAUTHENTICATED' }]);
    expect(assistant.stderr).toContain('"caller":"key:assistant"');
    expect(assistant.stderr + stranger.stderr).not.toMatch(/acme-key|other-key/);
    // Only the destination that was asked for was read.
    expect(place.simulator.calls.filter(({ path }) => path.includes('566'))).toEqual([]);
  });

  it('leaves the database to a gateway that is started later, and answers again when that is gone', async () => {
    await using place = await Place.create({ listen: { port: 0 } });
    const gateway = await place.serve();
    await using assistant = await Assistant.run(['--config', place.file]);
    expect(await assistant.nameOf('1001')).toBe('Segment 1');
    gateway.kill('SIGTERM');
    await gateway.exit;
    expect(await assistant.nameOf('1002')).toBe('Segment 2');
    expect(assistant.stderr).toContain('"caller":"key:mcp"');
    await using next = new RunningCommand(['serve', '--config', place.file]);
    await next.url();
    expect(await assistant.nameOf('1003')).toBe('Segment 3');
    await next.prints(/"path":"\/mcp","operation":"LookUpInDestination","caller":"anyone"/);
    expect(await assistant.nameOf('1001', '566')).toMatchObject({ results: [{ status: 'FAILED' }] });
  });

  it.each(['Claude Desktop', 'Claude Code', 'VS Code', 'Cursor'])(
    'is set up in %s as the documentation says',
    async (client) => {
      await using place = await Place.create(ACCESS);
      await using gateway = await place.serve(ACCESS);
      const { origin } = new URL(await gateway.url());
      const keyed = (setting: string): string =>
        setting
          .replace('https://names.example.com', origin)
          .replace('/etc/aam-gateway/gateway.yaml', place.file)
          // What the client puts in place: an environment variable, or what somebody is asked for.
          .replace(/agk_…|\$\{AAM_GATEWAY_KEY\}|\$\{input:gateway-key\}/, 'acme-key');
      const valuesOf = (settings: Record<string, string> = {}): Record<string, string> =>
        Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, keyed(value)]));
      const setUps = setUpsFor(client);
      expect(setUps.length).toBeGreaterThan(0);
      // Their files are in the folder of a project, which others get as well.
      const isShared = ['Claude Code', 'VS Code'].includes(client);
      expect(JSON.stringify(setUps).includes('agk_')).toBe(!isShared);
      for (const { command, args = [], env, url, headers } of setUps) {
        if (url !== undefined) {
          await using connected = await McpClient.over(keyed(url).replace(/\/mcp$/, ''), valuesOf(headers));
          expect((await connected.call('list_destinations')).data).toMatchObject({ totalCount: 1 });
          continue;
        }
        // A client has no shell that would look for commands, or a folder that paths begin at.
        expect([command, args[0], args[1]]).toMatchObject([
          expect.stringMatching(/^\/.*\/node$/),
          expect.stringMatching(/^\/.*\/main\.js$/),
          'mcp',
        ]);
        await using assistant = await Assistant.run(args.slice(2).map(keyed), valuesOf(env));
        expect(await assistant.destinations()).toEqual(['314']);
      }
    },
  );

  it('works with a gateway of several workers', async () => {
    await using place = await Place.create(ACCESS);
    await using gateway = await place.serve(ACCESS, ['--workers', '2']);
    await using assistant = await Assistant.run(['--config', place.file], { AAM_GATEWAY_KEY: 'acme-key' });
    const names = await Promise.all(['1001', '1002', '1003', '1001'].map((id) => assistant.nameOf(id)));
    expect(names).toEqual(['Segment 1', 'Segment 2', 'Segment 3', 'Segment 1']);
    // The log of workers comes by way of the primary.
    await expect.poll(() => gateway.stdout).toContain('"path":"/mcp"');
  });

  it('sends its key over TLS only to the gateway with the certificate of the configuration, also a renewed one', async () => {
    const authority = await createAuthority();
    const [own, other] = [await issue(authority), await issue(authority)];
    await using place = await Place.create(ACCESS);
    const certificate = await place.folder.write('tls.crt', own.cert);
    const tls = { cert: certificate, key: await place.folder.write('tls.key', own.key) };
    await place.configure({ ...ACCESS, listen: { port: 0, tls } });
    await using gateway = await place.serve({ ...ACCESS, listen: { tls } });
    const keyFile = await place.folder.write('key', 'acme-key');
    await using assistant = await Assistant.run(['--config', place.file, '--key-file', keyFile]);
    expect(await assistant.nameOf('1001')).toBe('Segment 1');
    // Nobody trusts its authority.
    await using careful = await Assistant.run(['--gateway', await gateway.url()], {
      AAM_GATEWAY_KEY: 'acme-key',
    });
    expect(await careful.destinations()).toMatchObject([
      { message: expect.stringMatching(/certificate/) as string },
    ]);
    await place.folder.write('tls.crt', other.cert);
    await place.folder.write('tls.key', other.key);
    expect(await assistant.destinations()).toMatchObject([
      { message: expect.stringContaining('not the one of listen.tls.cert') as string },
    ]);
    gateway.kill('SIGHUP');
    await gateway.prints(/configuration reloaded/);
    await place.folder.write('key', 'all-key');
    expect(await assistant.destinations()).toEqual(['314', '566']);
  });

  it('gives its key to nobody who listens at the address while no gateway runs', async () => {
    await using place = await Place.create(ACCESS);
    const gateway = await place.serve(ACCESS);
    const { port } = new URL(await gateway.url());
    gateway.kill('SIGTERM');
    await gateway.exit;
    const keys: unknown[] = [];
    const stranger = createServer((request, response) => {
      keys.push(request.headers['x-api-key']);
      response.end();
    });
    stranger.listen(Number(port), '127.0.0.1');
    await once(stranger, 'listening');
    await using assistant = await Assistant.run(['--config', place.file], { AAM_GATEWAY_KEY: 'acme-key' });
    expect(await assistant.nameOf('1001')).toBe('Segment 1');
    expect(keys).toEqual([]);
    stranger.close();
  });

  it('warns where it cannot know who gets its key', async () => {
    await using place = await Place.create(ACCESS);
    const keys: unknown[] = [];
    const stranger = createServer((request, response) => {
      keys.push(request.headers['x-api-key']);
      response.end();
    });
    stranger.listen(0, '127.0.0.1');
    await once(stranger, 'listening');
    const { port } = stranger.address() as AddressInfo;
    // It is on another machine, or in a container.
    await place.configure({ ...ACCESS, listen: { port }, storage: { sqlite: 'nowhere/names.db' } });
    await using assistant = await Assistant.run(['--config', place.file], { AAM_GATEWAY_KEY: 'acme-key' });
    await assistant.destinations();
    await assistant.destinations();
    expect(keys).toEqual(['acme-key', 'acme-key']);
    expect(assistant.stderr.match(/nowhere\/names\.db cannot be told/g)).toHaveLength(1);
    stranger.close();
  });

  it('says what is wrong with a configuration that is changed meanwhile, and not that no gateway runs', async () => {
    await using place = await Place.create(ACCESS);
    await using gateway = await place.serve(ACCESS);
    await using assistant = await Assistant.run(['--config', place.file], { AAM_GATEWAY_KEY: 'acme-key' });
    expect(await assistant.destinations()).toEqual(['314']);
    await place.folder.write('gateway.yaml', 'listen: [');
    expect(await assistant.destinations()).toMatchObject([
      {
        code: 'UNAVAILABLE',
        message: expect.stringMatching(/^The configuration cannot be used: /) as string,
      },
    ]);
    await gateway.url();
  });

  it('says that nobody has listed the destinations of customers, where it knows none', async () => {
    await using place = await Place.create(ACCESS, [{ id: 'acme', discovery: {} }]);
    await using assistant = await Assistant.run(['--config', place.file], { AAM_GATEWAY_KEY: 'all-key' });
    expect(await assistant.destinations()).toMatchObject([
      { code: 'UNAVAILABLE', message: expect.stringContaining('destinationId') as string },
    ]);
    // Which looks for the destination.
    expect(await assistant.nameOf('1001')).toBe('Segment 1');
    expect(await assistant.destinations()).toEqual(['314']);
  });

  it('does not answer itself beside a gateway that has the database, and is elsewhere', async () => {
    await using place = await Place.create(ACCESS);
    await using gateway = await place.serve(ACCESS);
    await gateway.url();
    await place.configure({ ...ACCESS, listen: { port: 0 } });
    await using assistant = await Assistant.run(['--config', place.file], { AAM_GATEWAY_KEY: 'acme-key' });
    expect(await assistant.destinations()).toMatchObject([
      { code: 'UNAVAILABLE', message: expect.stringContaining('--gateway') as string },
    ]);
  });

  it('asks nothing of Audience Manager for a list of tools, and discovers no destinations', async () => {
    await using place = await Place.create(ACCESS, [{ id: 'acme', discovery: {} }, { id: 'globex' }]);
    await using assistant = await Assistant.run(['--config', place.file], { AAM_GATEWAY_KEY: 'all-key' });
    await assistant.client.client.listTools();
    expect(place.simulator.calls).toEqual([]);
    // What its name is has to be asked, but not which ones there are.
    expect(await assistant.destinations()).toEqual(['566']);
    expect(place.simulator.calls.filter(({ customer }) => customer === 'acme')).toEqual([]);
    const where = { customerId: 'globex', destinationId: '566', segmentIds: ['1001'] };
    expect((await assistant.client.call('look_up_segments', where)).data).toMatchObject({
      results: [{ status: 'FOUND' }],
    });
  });

  it('answers lines that are no messages, so that nobody waits for an answer', async () => {
    await using place = await Place.create(ACCESS);
    const call = '{"jsonrpc":"2.0","id":1,"method":"ping"}';
    const command = spawn(process.execPath, ['dist/main.js', 'mcp', '--config', place.file]);
    let [stdout, stderr] = ['', ''];
    command.stdout.on('data', (part: Buffer) => (stdout += part.toString()));
    command.stderr.on('data', (part: Buffer) => (stderr += part.toString()));
    const listen = '{"jsonrpc":"2.0","id":7,"method":"subscriptions/listen","params":{}}';
    command.stdin.end(`[${call}]\n{broken\n{"id":1}\n${listen}\n`);
    expect(await once(command, 'close')).toEqual([0, null]);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
    ).toMatchObject([
      { jsonrpc: '2.0', id: null, error: { code: -32_600 } },
      { jsonrpc: '2.0', id: null, error: { code: -32_700 } },
      { jsonrpc: '2.0', id: null, error: { code: -32_600 } },
      { jsonrpc: '2.0', id: 7, error: { code: -32_601 } },
    ]);
    expect(stderr.trim().split('\n')).toHaveLength(3);
  });

  it('answers what it was asked before its input ends, also in a line without an end', async () => {
    await using place = await Place.create();
    const command = spawn(process.execPath, ['dist/main.js', 'mcp', '--config', place.file]);
    let stdout = '';
    command.stdout.on('data', (part: Buffer) => (stdout += part.toString()));
    const lookUp = (segmentId: string) => ({
      name: 'look_up_segments',
      arguments: { customerId: 'acme', destinationId: '314', segmentIds: [segmentId] },
    });
    const clientInfo = { name: 'test', version: '1.0.0' };
    const messages = [
      // Nothing keeps a client from giving the same ID twice.
      {
        id: 1,
        method: 'initialize',
        params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo },
      },
      { id: 1, method: 'tools/call', params: lookUp('1001') },
      { id: 2, method: 'tools/call', params: lookUp('1002') },
      { method: 'notifications/cancelled', params: { requestId: 2 } },
      { id: 'three', method: 'tools/call', params: lookUp('1003') },
    ].map((message) => JSON.stringify({ jsonrpc: '2.0', ...message }));
    command.stdin.end(messages.join('\n'));
    expect(await once(command, 'close')).toEqual([0, null]);
    const answers = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { id: unknown; result: { structuredContent: unknown } });
    const found = answers.map(({ id, result }) => [id, result.structuredContent]);
    const named = (name: string): unknown => ({ results: [{ segments: [{ name }] }] });
    expect(Object.fromEntries(found)).toMatchObject({ 1: named('Segment 1'), three: named('Segment 3') });
    expect(found.map(([id]) => id).sort()).toEqual([1, 1, 'three']);
  });

  it('needs what the configuration refers to only while no gateway runs, and then says so', async () => {
    await using place = await Place.create(ACCESS);
    await using gateway = await place.serve(ACCESS);
    const { port } = new URL(await gateway.url());
    const config = { ...ACCESS, listen: { port }, storage: { encryptionKey: '${env:NOT_THERE}' } };
    await place.folder.write('gateway.yaml', configTextFor(place.simulator, SIMULATED, undefined, config));
    await using assistant = await Assistant.run(['--config', place.file], { AAM_GATEWAY_KEY: 'acme-key' });
    expect(await assistant.destinations()).toEqual(['314']);
    gateway.kill('SIGTERM');
    await gateway.exit;
    expect(await assistant.destinations()).toMatchObject([
      { code: 'UNAVAILABLE', message: expect.stringContaining('NOT_THERE') as string },
    ]);
  });

  it('says what to do where the address has no tools', async () => {
    const off = { ...ACCESS, listen: { port: 0, mcp: false } };
    await using place = await Place.create(off);
    await using gateway = await place.serve(off);
    await using assistant = await Assistant.run(['--config', place.file], { AAM_GATEWAY_KEY: 'acme-key' });
    expect(await assistant.destinations()).toMatchObject([
      { code: 'NOT_FOUND', message: expect.stringContaining('listen.mcp') as string },
    ]);
    const url = await gateway.url();
    gateway.kill('SIGTERM');
    await gateway.exit;
    expect(await assistant.destinations()).toMatchObject([
      { code: 'NOT_FOUND', message: expect.stringContaining('listen.mcp') as string },
    ]);
    await using later = await Assistant.run(['--gateway', url]);
    expect(await later.destinations()).toMatchObject([
      { code: 'UNAVAILABLE', message: expect.stringContaining('nothing listens there') as string },
    ]);
  });

  it('ends when the assistant goes, and on SIGTERM', async () => {
    await using place = await Place.create();
    const { code, stdout, stderr } = await runCommand(['mcp', '--config', place.file]);
    // Its standard input is closed from the beginning.
    expect([code, stdout, stderr]).toEqual([0, '', '']);
    const assistant = await Assistant.run(['--config', place.file]);
    expect(await assistant.nameOf('1001')).toBe('Segment 1');
    const ended = new Promise<void>((resolve) => {
      assistant.client.client.onclose = () => resolve();
    });
    process.kill(assistant.pid, 'SIGTERM');
    await ended;
  });

  it.each([
    [['--config', '/nonexistent/gateway.yaml'], 1, /gateway\.yaml/],
    [['--gateway', 'localhost:4000'], 2, /--gateway takes an address/],
    [['--gateway', 'http://a:b@localhost:4000'], 2, /--key-file/],
    [['--gateway', 'http://localhost:4000', '--key', 'a\nb'], 2, /characters that keys do not have/],
    [['--gateway', 'http://localhost:4000', '--key-file', '/nonexistent'], 1, /cannot be read/],
  ])('refuses %j at once', async (args, exitCode, message) => {
    const { code, stdout, stderr } = await runCommand(['mcp', ...args]);
    expect([code, stdout]).toEqual([exitCode, '']);
    expect(stderr).toMatch(message);
  });
});
