import { createHash } from 'node:crypto';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { AudienceManagerSimulator, OutboundFormat } from '../../src/simulator/index.js';
import { startSimulator } from './support.js';

const NOW = 1_790_000_000_000;

/** The simulator, with a destination 314 that sends in this format. */
async function start(outbound: OutboundFormat = {}): Promise<AudienceManagerSimulator> {
  const simulator = await startSimulator({ now: () => NOW });
  const destination = simulator.destination('acme', 314);
  destination.outbound = outbound;
  destination.mappings.forEach((mapping, index) => (mapping.alias = `alias-${index}`));
  return simulator;
}

async function linesOf(outbound: OutboundFormat, users = 30): Promise<string[]> {
  const [file] = (await start(outbound)).deliver('acme', 314, { users });
  const text = file?.bytes.toString() ?? '';
  expect(text.endsWith('\n')).toBe(true);
  return text.slice(0, -1).split('\n');
}

const ID = String.raw`(?:809\d\d|9000001)`;
const IDS = `${ID}(?:,${ID})*`;

describe('the lines of a delivery', () => {
  it.each<[string, OutboundFormat, RegExp]>([
    ['a user, its segments and those that it left', {}, new RegExp(`^\\d{38} ${IDS}(?: ${IDS})?$`)],
    [
      'the same with two spaces',
      { template: 'two-spaces' },
      new RegExp(`^\\d{38} {2}${IDS}(?: {2}${IDS})?$`),
    ],
    [
      'a user and its segments, with spaces',
      { template: 'spaces' },
      new RegExp(`^[-0-9a-f]{36}(?: ${ID})+$`),
    ],
    [
      'items of type, alias, status and time, between tabs',
      { template: 'tabs', masterDpid: 1159 },
      new RegExp(`^1159\t\\d{38}\tu\\d{12}\t1\t0\t5,${ID},[01],17\\d{11}(?:&5,${ID},[01],17\\d{11})*$`),
    ],
    [
      'type and sid in turns',
      { template: 'typed', masterDpid: 20915 },
      new RegExp(`^[-0-9A-F]{36}\t5,${ID}(?:,5,${ID})*$`),
    ],
  ])('hold %s', async (_what, format, pattern) => {
    const lines = await linesOf(format);
    expect(lines).toHaveLength(30);
    for (const line of lines) expect(line).toMatch(pattern);
  });

  it('hold a JSON object, with a lifetime of 0 for segments that the user left', async () => {
    const lines = await linesOf({ template: 'json', pidAlias: '12', ids: 'alias' });
    const items = lines.flatMap((line) => {
      const { AdvertiserId, TDID, Data } = JSON.parse(line) as Record<string, unknown>;
      expect(AdvertiserId).toBe('12');
      expect(TDID).toMatch(/^[-0-9a-f]{36}$/);
      return Data as { Name: string; TtlInMinutes?: number }[];
    });
    expect(items.every(({ Name }) => /^(alias-\d+|lab-9000001)$/.test(Name))).toBe(true);
    expect(new Set(items.map(({ TtlInMinutes }) => TtlInMinutes))).toEqual(new Set([undefined, 0]));
  });

  it('carry the identifier that the destination sends, and no deleted segment', async () => {
    const ids = async (format: OutboundFormat): Promise<Set<string>> =>
      new Set(
        (await linesOf({ template: 'spaces', ...format }, 300)).flatMap((line) => line.split(' ').slice(1)),
      );
    const sids = await ids({});
    expect(sids).toContain('80920');
    expect(sids).not.toContain('80923');
    expect(await ids({ ids: 'mapping' })).toContain('14395');
    expect(await ids({ ids: 'alias' })).toContain('alias-0');
  });

  it('name no segments that a user left in a full delivery', async () => {
    const simulator = await start({});
    const [file] = simulator.deliver('acme', 314, { mode: 'full' });
    expect(file?.bytes.toString()).not.toMatch(/^\S+ \S+ \S+$/m);
  });
});

describe('the files of a delivery', () => {
  it.each<[OutboundFormat, string[]]>([
    [{}, ['S3_314_20914_iter_1790000000000.sync']],
    [{ syncType: 'ftp', masterDpid: 269 }, ['ftp_314_269_iter_1790000000000.sync']],
    [{ extension: 'csv', pidAlias: 'acme7' }, ['S3_314_20914_acme7_iter_1790000000000.csv']],
    [
      { gzip: true, parts: 3, pidAlias: 'acme7', info: true },
      [
        'S3_314_20914_acme7_iter_1790000000000.sync.gz',
        'S3_314_20914_acme7_iter_1790000000000001.sync.gz',
        'S3_314_20914_acme7_iter_1790000000000002.sync.gz',
        'S3_314_20914_acme7_iter_1790000000000.info',
      ],
    ],
  ])('of %j have the documented names', async (format, names) => {
    const files = (await start(format)).deliver('acme', 314);
    expect(files.map(({ name }) => name)).toEqual(names);
  });

  it('are described by the .info file: sizes, lines and checksums', async () => {
    const simulator = await start({ gzip: true, parts: 2, info: true });
    const files = simulator.deliver('acme', 314, { users: 5 });
    const info = files[2]?.bytes.toString() ?? '';
    const parts = files.slice(0, 2).map(({ bytes }) => ({
      size: bytes.length,
      lines: gunzipSync(bytes).toString().split('\n').length - 1,
      md5: createHash('md5').update(bytes).digest('hex'),
    }));
    expect(parts.map(({ lines }) => lines)).toEqual([3, 2]);
    for (const [index, { size, lines, md5 }] of parts.entries()) {
      expect(info).toContain(
        `{ FileByteSize: ${size}, FileLineCount: ${lines}, FileName: "${files[index]?.name}", FileSequenceNumber: ${index + 1}, md5: "${md5}" }`,
      );
    }
    expect(info).toMatch(
      /^\{ Files: \[ .* \], Totals: \{ FileName: ".*", .*TotalNumberFiles: 2, TotalNumberLines: 5 \} \}\n$/,
    );
  });

  it('differ from one delivery to the next, and are the same in another run', async () => {
    const bytesOf = async (): Promise<string[]> => {
      const simulator = await start();
      return [1, 2].map(() => simulator.deliver('acme', 314)[0]?.bytes.toString() ?? '');
    };
    const [first, second] = await bytesOf();
    expect(second).not.toBe(first);
    expect(await bytesOf()).toEqual([first, second]);
  });
});
