import { rmSync } from 'node:fs';
import { copyFile, mkdir, readFile, rename, rm, truncate, writeFile } from 'node:fs/promises';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { findFiles, readDeliveries } from '../../src/commands/deliveries-folder.js';
import type { OutboundFormat } from '../../src/simulator/index.js';
import { RunningCommand } from '../support/command.js';
import { eventually } from '../support/waiting.js';
import { DeliveriesPlace as Place, FORMAT, HOUR_MS } from './deliveries-place.js';

describe('deliveries', () => {
  it('says that everything has arrived, with exit code 0', async () => {
    await using place = await Place.create();
    await place.receive(30, { mode: 'full', users: 7 });
    const [iter = ''] = await place.receive(2);
    // Of another destination.
    await place.receive(2, {}, 'acme', 315);
    const scope = ['--destination', '314', '--customer', 'acme'];
    const { code, stdout, stderr } = await place.configured.run(['deliveries', place.pathOf(''), ...scope]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toMatch(/Destination 314 of acme: what Audience Manager sent since 20.*\/in/);
    expect(stdout).toMatch(/_full_\d{13}\.sync\.gz +│ full +│ +2 │ +7 │ +7 │ arrived/);
    expect(stdout).toMatch(new RegExp(`${iter} +│ changes +│ +2 │ +40 │ +40 │ arrived`));
    expect(stdout).toContain('Everything that was sent has arrived.');
    expect(stdout).toContain('of other destinations, or sent before: 1;');
  });

  it('names what did not arrive, with exit code 1', async () => {
    await using place = await Place.create();
    const [first = '', , info = ''] = await place.receive(5);
    const second = await place.receive(4);
    const [third = '', part = ''] = await place.receive(3, { users: 9 });
    for (const name of second) await rm(place.pathOf(name));
    await rm(place.pathOf(part));
    const { code, stdout } = await place.run('--destination', '314', '--customer', 'acme');
    expect(code).toBe(1);
    expect(stdout).toContain('2 of 3 did not arrive as sent.');
    expect(stdout).toMatch(new RegExp(`${first}.*arrived`));
    expect(stdout).toMatch(new RegExp(`${second[0]}.*missing`));
    expect(stdout).toContain(`${third}:\n  ${part} did not arrive.\n`);
    expect(stdout).not.toContain(info);
  });

  it.each<[string, OutboundFormat, (place: Place, names: string[]) => Promise<void>, RegExp[]]>([
    [
      'cut off',
      FORMAT,
      async (place, [name = '']) => writeFile(place.pathOf(name), Buffer.from([0x1f, 0x8b, 8, 0])),
      [
        /cannot be decompressed: was it cut off\?$/,
        / has 4 bytes, and \d+ were sent: it is not complete\.$/,
        /checksum/,
      ],
    ],
    [
      'empty, and not even packed',
      { gzip: true },
      async (place, [name = '']) => writeFile(place.pathOf(name), ''),
      [/cannot be decompressed: was it cut off\?$/],
    ],
    [
      'shorter',
      { info: true },
      async (place, [name = '']) => writeFile(place.pathOf(name), '1 2\n3 4'),
      [/ has 7 bytes, and \d+ were sent/, / has 2 lines, and 40 were sent/, /checksum/],
    ],
    [
      'of the same size with other bytes',
      { info: true, parts: 1 },
      async (place, [name = '']) => {
        const text = await readFile(place.pathOf(name), 'utf8');
        await writeFile(
          place.pathOf(name),
          text.replace(/^\d/, (digit) => String((Number(digit) + 1) % 10)),
        );
      },
      [/ has another checksum \(md5\) than what was sent/],
    ],
    [
      'without a list, and shorter than the history says',
      {},
      async (place, [name = '']) => writeFile(place.pathOf(name), '1 2\n'),
      [/^1 lines arrived, and 40 records were sent\.$/],
    ],
    [
      'without a list and without its second part',
      { parts: 3 },
      async (place, names) => rm(place.pathOf(names[1] ?? '')),
      [/^Part 1 did not arrive\.$/, /^26 lines arrived, and 40 records were sent\.$/],
    ],
    [
      'with a list that cannot be read',
      { info: true },
      async (place, names) => writeFile(place.pathOf(names[1] ?? ''), '{ Files: [ {'),
      [/\.info: it ends too early: was it cut off\?$/],
    ],
  ])('that is %s is not whole', async (_what, format, damage, problems) => {
    await using place = await Place.create();
    place.configured.simulator.destination('acme', 314).outbound = format;
    const names = await place.receive(1);
    await damage(place, names);
    const { deliveries } = await place.report();
    expect(deliveries.filter(({ files }) => files.length > 0)).toMatchObject([
      { status: 'incomplete', problems: problems.map((problem): unknown => expect.stringMatching(problem)) },
    ]);
  });

  it('finds files that were decompressed, renamed to another mode, or put into folders', async () => {
    await using place = await Place.create();
    const [first = '', second = ''] = await place.receive(1);
    await mkdir(place.pathOf('2026/06'), { recursive: true });
    await rename(place.pathOf(first), place.pathOf(`2026/06/${first.replace('_iter_', '_full_')}`));
    const text = gunzipSync(await readFile(place.pathOf(second)));
    await writeFile(place.pathOf(second.replace('.gz', '')), text);
    await rm(place.pathOf(second));
    const { deliveries } = await place.report();
    expect(deliveries).toMatchObject([{ status: 'arrived', problems: [], lines: 40 }]);
    expect(deliveries[0]?.files).toContain(`2026/06/${first.replace('_iter_', '_full_')}`);
  });

  it('counts a file once that lies in an archive too, or unpacked beside the packed one', async () => {
    await using place = await Place.create();
    const names = await place.receive(1);
    const [first = ''] = names;
    await mkdir(place.pathOf('archive'));
    for (const name of names) await copyFile(place.pathOf(name), place.pathOf(`archive/${name}`));
    await writeFile(place.pathOf(first.replace('.gz', '')), gunzipSync(await readFile(place.pathOf(first))));
    // Of several copies, the whole one counts.
    await writeFile(place.pathOf(`archive/${first}`), Buffer.from([0x1f, 0x8b, 8, 0]));
    const { deliveries } = await place.report();
    expect(deliveries).toMatchObject([{ status: 'arrived', problems: [], lines: 40 }]);
    expect(deliveries[0]?.files).toHaveLength(2);
  });

  it('leaves a header out when it counts lines', async () => {
    await using place = await Place.create();
    place.configured.simulator.destination('acme', 314).outbound = {};
    const [name = ''] = await place.receive(1);
    const text = await readFile(place.pathOf(name), 'utf8');
    await writeFile(place.pathOf(name), `user_id segments\n${text}`);
    expect((await place.report()).deliveries).toMatchObject([{ status: 'arrived', lines: 40, records: 40 }]);
  });

  it('lets the last attempt to send a file decide', async () => {
    await using place = await Place.create();
    const at = Date.now() - 2 * HOUR_MS;
    const attempt = (minutes: number, name: number, success: boolean): object => ({
      dataFileName: `S3_314_20914_iter_${at + name}.sync`,
      successRecords: success ? 1 : 0,
      startTime: at + minutes * 60_000,
      endTime: at + minutes * 60_000 + 1,
      success,
    });
    const list = [attempt(1, 1, false), attempt(2, 2, true), attempt(3, 1, true), attempt(4, 2, false)];
    place.configured.simulator.fault({
      endpoint: 'outbound',
      action: { kind: 'answer', transform: () => list },
    });
    for (const name of [1, 2]) await writeFile(place.pathOf(`S3_314_20914_iter_${at + name}.sync`), '1 2\n');
    const { deliveries } = await place.report();
    expect(deliveries.map(({ status, records }) => [status, records])).toEqual([
      ['arrived', 1],
      ['failed', 0],
    ]);
  });

  it('tells apart what could not be sent, what is being sent, what was empty and what nobody sent', async () => {
    await using place = await Place.create();
    const { simulator } = place.configured;
    const job = {
      pushID: 1,
      dataProviderID: 20914,
      fullPublish: false,
      successRecords: 5,
      startTime: Date.now() - HOUR_MS,
      endTime: Date.now(),
    };
    const named = (time: number): object => ({ dataFileName: `S3_314_20914_iter_${time}.sync` });
    const list = [
      { ...job, ...named(1790000000001), success: false },
      { ...job, ...named(1790000000002), success: null, endTime: null },
      { ...job, ...named(1790000000003), success: true, successRecords: 0 },
      { ...job, dataFileName: null },
      { pushID: 2 },
    ];
    simulator.fault({ endpoint: 'outbound', action: { kind: 'answer', transform: () => list } });
    await writeFile(place.pathOf(`S3_314_20914_iter_${Date.now()}.sync`), '1 2\n');
    const report = await place.report();
    expect(report.deliveries.map(({ status }) => status)).toEqual([
      'failed',
      'unfinished',
      'empty',
      'unlisted',
    ]);
    expect(report).toMatchObject({ jobsWithoutFile: 1, unreadableJobs: 1 });
    const { code, stdout } = await place.run('--destination', '314', '--customer', 'acme');
    expect(code).toBe(1);
    for (const words of ['not sent', 'being sent', 'nothing to send', 'not in the history']) {
      expect(stdout).toContain(words);
    }
  });

  it('looks at the last seven days, or since what --since says', async () => {
    await using place = await Place.create();
    await place.receive(8 * 24);
    await place.receive(3 * 24);
    await place.receive(1);
    const count = async (...flags: string[]): Promise<number> =>
      (await place.report(...flags)).deliveries.length;
    expect(await count()).toBe(2);
    expect(await count('--since', '2h')).toBe(1);
    expect(await count('--since', '30d')).toBe(3);
    expect(await count('--since', new Date(Date.now() - 4 * 24 * HOUR_MS).toISOString())).toBe(2);
    expect(await count('--since', new Date(Date.now() - 10 * 24 * HOUR_MS).toISOString().slice(0, 10))).toBe(
      3,
    );
  });

  it('reads the history of the named customer, or of the only one that has the destination', async () => {
    await using place = await Place.create();
    await place.receive(1, {}, 'globex', 566);
    expect(await place.report('--destination', '566')).toMatchObject({
      customer: 'globex',
      deliveries: [{ status: 'arrived', lines: 40 }],
    });
    expect(await place.report('--destination', '314', '--customer', 'globex')).toMatchObject({
      deliveries: [],
    });
  });

  it.each<[string[], string, number]>([
    [
      ['--destination', '314'],
      'Several customers have a destination 314: name one with --customer: acme, globex.',
      1,
    ],
    [
      ['--destination', '7'],
      'No customer has a destination 7. The destinations are: 314, 315, 400, 314, 566, 900.',
      1,
    ],
    [['--destination', '566', '--customer', 'acme'], 'Customer acme has no destination 566.', 1],
    [['--destination', '566', '--customer', 'hooli'], 'no customer hooli', 1],
    [['--destination', '900'], 'Customer initech has no credentials', 1],
    [['--destination', '400'], 'The history of destination 400 cannot be read: AAM_NOT_FOUND', 1],
    [['--destination', '566', '--since', 'monday'], '--since takes a duration such as 7d', 2],
    [['--destination', '566', '--since', '2026-02-31'], '--since takes a duration such as 7d', 2],
    [['--destination', '566', '--since', '2999-01-01'], 'is not in the past', 2],
    [['--destination', '566', '--since', '3y'], '--since may be a year ago at most', 2],
  ])('says what is wrong with %j', async (flags, message, code) => {
    await using place = await Place.create();
    const result = await place.run(...flags);
    expect(result).toMatchObject({ code, stdout: '' });
    expect(result.stderr).toContain(message);
    expect(result.stderr).not.toContain('    at ');
  });

  it('says what is wrong with the folder, before it asks Audience Manager', async () => {
    await using place = await Place.create();
    const run = (folder: string) => place.runIn(folder, '--destination', '566');
    expect((await run('/nowhere')).stderr).toContain('/nowhere cannot be read (ENOENT)');
    expect((await run(place.configured.config)).stderr).toContain('is a file: name the folder');
    expect(place.configured.simulator.calls).toEqual([]);
  });

  it('takes a file that is moved away for one that is not there', async () => {
    await using place = await Place.create();
    const names = await place.receive(1);
    // Between the listing of the folder and the reading of its files.
    const transform = (list: unknown): unknown => {
      for (const name of names) rmSync(place.pathOf(name), { force: true });
      return list;
    };
    place.configured.simulator.fault({ endpoint: 'outbound', action: { kind: 'answer', transform } });
    expect((await place.report()).deliveries).toMatchObject([{ status: 'missing', files: [] }]);
  });

  it('ends between two files when it is told to stop', async () => {
    await using place = await Place.create();
    await place.receive(1);
    const stop = new AbortController();
    const read: number[] = [];
    const reading = readDeliveries(
      place.pathOf(''),
      await findFiles(place.pathOf('')),
      (bytes) => {
        read.push(bytes);
        stop.abort();
      },
      stop.signal,
    );
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
    expect(read).toHaveLength(1);
  });

  it('ends at once when it is told to stop, also in the middle of a large file', async () => {
    await using place = await Place.create();
    const [name = ''] = await place.receive(1);
    await writeFile(place.pathOf(name), '');
    // Reading all of it would take minutes.
    await truncate(place.pathOf(name), 200 * 1024 ** 3);
    const scope = ['--destination', '314', '--customer', 'acme', '--config', place.configured.config];
    await using command = new RunningCommand(['deliveries', place.pathOf(''), ...scope]);
    await eventually(() => place.configured.simulator.count({ endpoint: 'outbound' }) === 1);
    command.kill('SIGTERM');
    expect(await command.exit).toEqual({ code: 1, signal: null });
    expect(command.stderr).toBe(
      'aam-gateway: Stopped before everything was read, so nothing can be said of the files: run the command again.\n',
    );
  });

  it('makes a new user known, as check does', async () => {
    await using place = await Place.create();
    place.configured.simulator.refuse('globex', 'unknown-user');
    expect((await place.run('--destination', '566')).code).toBe(0);
    expect(place.configured.simulator.count({ endpoint: 'user' })).toBe(1);
  });
});
