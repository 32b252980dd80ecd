import { expect, it, onTestFinished } from 'vitest';
import { AudienceManagerError } from '../../src/audience-manager/index.js';
import { Background } from '../../src/background/index.js';
import { Snapshot, diffListing } from '../../src/directory/index.js';
import { PackedSegments } from '../../src/segments/index.js';
import { createLogger } from '../../src/telemetry/logs.js';
import { Redactor } from '../../src/telemetry/redaction.js';
import { ThreadSession } from '../../src/base/thread-session.js';
import { allNames, segment, startDirectory, type LogLine } from '../support/directory.js';

const MORTAL = new URL('mortal-worker.mjs', import.meta.url);
const ENDED = 'the background thread has ended';

function start(url = MORTAL): { background: Background; warnings: () => unknown[] } {
  const logs: LogLine[] = [];
  const sink = { write: (line: string) => void logs.push(JSON.parse(line) as LogLine) };
  const background = new Background({
    outbound: { ca: null, proxy: null, noProxy: [] },
    connections: 8,
    logger: createLogger({ redactor: new Redactor(), sink }),
    url,
  });
  onTestFinished(() => background.close());
  return { background, warnings: () => logs.map(({ msg }) => msg) };
}

const bytes = (text: string): Uint8Array<ArrayBuffer> => new TextEncoder().encode(text);
const ROWS = '[{"destinationMappingId":7,"sid":107,"elementName":"Seven","elementStatus":"active"}]';

/** Where a page is parsed, which takes its body over to a thread for good. */
async function parsedIn(background: Background): Promise<'thread' | 'here'> {
  const body = bytes(ROWS);
  expect([...(await background.parse(body)).mappings].map(({ name }) => name)).toEqual(['Seven']);
  return body.byteLength === 0 ? 'thread' : 'here';
}

it.each([
  ['EXIT', ENDED],
  ['THROW', `${ENDED}: out of something`],
])(
  'all that is under way fails when the thread dies (%s), and the next starts another',
  async (text, why) => {
    const { background, warnings } = start();
    expect(await parsedIn(background)).toBe('thread');
    const listing = { mappings: PackedSegments.of([segment('One')]), skipped: 0 };
    const underWay = [
      background.parse(bytes(text)),
      background.parse(bytes(ROWS)),
      background.join([PackedSegments.of([segment('Two')])]),
      background.diff(listing, undefined, 5),
    ];
    for (const failed of await Promise.allSettled(underWay)) {
      expect(failed).toMatchObject({ status: 'rejected', reason: { message: why } });
      // Nothing that Audience Manager has done.
      expect(failed).not.toMatchObject({ reason: expect.any(AudienceManagerError) as unknown });
    }
    expect(warnings()).toEqual([]);
    expect(await parsedIn(background)).toBe('thread');
    expect(warnings()).toEqual(['starting the background thread again after it ended']);
    expect(await parsedIn(background)).toBe('thread');
    expect(warnings()).toHaveLength(1);
  },
);

it('a listing that the thread dies of leaves every name, and the next one is read by another thread', async () => {
  const { background } = start();
  const { simulator, clock, destination: at, names, logs } = await startDirectory({ background });
  const known = ['Alpha', 'Beta', 'Gamma'];
  expect(await names(at(), '1', '2', '3')).toEqual(known);
  const deadly = simulator.fault({ endpoint: 'mappings', action: { kind: 'body', body: 'EXIT' } });
  await expect(at().refresh('request')).rejects.toMatchObject({ code: 'AAM_UNAVAILABLE' });
  expect(at().sync()).toMatchObject({ status: 'FAILING', lastError: { message: 'It could not be read.' } });
  expect(logs).toContainEqual(expect.objectContaining({ err: expect.objectContaining({ message: ENDED }) }));
  expect(await names(at(), '1', '2', '3')).toEqual(known);
  deadly.remove();
  simulator.destination('acme', 314).mappings[0]!.name = 'Aleph';
  clock.advance(1_000);
  expect(allNames(await at().refresh('request'))).toEqual(['Aleph', 'Beta', 'Gamma']);
  expect(at().sync()).toMatchObject({ status: 'FRESH', lastError: null });
});

it('work that is under way fails when the thread is closed, and what is asked for later is done without', async () => {
  const { background, warnings } = start();
  expect(await parsedIn(background)).toBe('thread');
  const underWay = expect(background.parse(bytes(ROWS))).rejects.toThrow(ENDED);
  await background.close();
  await underWay;
  expect(await parsedIn(background)).toBe('here');
  expect(await background.join([])).toHaveLength(0);
  const listing = { mappings: PackedSegments.of([segment('One')]), skipped: 0 };
  const { snapshot } = await background.diff(listing, undefined, 5);
  expect(allNames(snapshot)).toEqual(allNames(diffListing(listing, undefined, 5).snapshot));
  await background.close();
  expect(warnings()).toEqual([]);
});

it('work is done without a thread where none can be had, and one is tried for again', async () => {
  const { background, warnings } = start(new URL('no-such-worker.mjs', import.meta.url));
  const why = 'no thread for listings can be had: lookups may wait for them';
  expect(await parsedIn(background)).toBe('here');
  expect(warnings()).toEqual([why]);
  const same = await background.diff(
    { mappings: PackedSegments.of([]), skipped: 0 },
    Snapshot.of([], 1, 2),
    5,
  );
  expect(same.snapshot).toMatchObject({ asOf: 5, generation: 2 });
  expect(warnings().filter((warning) => warning === why)).toHaveLength(2);
});

it('what cannot be sent to a thread fails, and leaves nothing behind that fails once more', async () => {
  const session = new ThreadSession({
    url: new URL('idle-worker.mjs', import.meta.url),
    name: 'x',
    toError: ({ message }) => new Error(message),
  });
  await session.started;
  const send = async (): Promise<unknown> => await session.request({ type: 'odd', that: () => undefined });
  await expect(send()).rejects.toThrow('could not be cloned');
  await session.terminate();
  await expect(session.request({ type: 'late' })).rejects.toThrow('the x thread has ended');
});
