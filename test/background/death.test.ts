import { expect, it, onTestFinished } from 'vitest';
import { AudienceManagerError } from '../../src/audience-manager/index.js';
import { Background } from '../../src/background/index.js';
import { Snapshot, diffListing } from '../../src/directory/index.js';
import { PackedSegments } from '../../src/segments/index.js';
import { createLogger } from '../../src/telemetry/logs.js';
import { Redactor } from '../../src/telemetry/redaction.js';
import { ThreadSession } from '../../src/base/thread-session.js';
import { MINUTE, allNames, segment, startDirectory, type LogLine } from '../support/directory.js';

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

/** Where pages are joined: joining in the background worker transfers their buffers to it. */
async function joinedIn(background: Background): Promise<'worker' | 'this thread'> {
  const page = PackedSegments.of([segment('Seven')]);
  const { bytes } = page.toParts();
  expect([...((await background.join([page])) ?? [])].map(({ name }) => name)).toEqual(['Seven']);
  return bytes.byteLength === 0 ? 'worker' : 'this thread';
}

/** Fetches a page that nobody serves; the mortal worker dies of the paths `EXIT` and `THROW`. */
async function fetchPage(background: Background, path: string): Promise<unknown> {
  const request = { method: 'GET', url: `http://127.0.0.1:1/${path}`, headers: {} } as const;
  return await background.fetchPage(request, { maxBytes: 1_000, signal: new AbortController().signal });
}

it.each([
  ['EXIT', ENDED],
  ['THROW', `${ENDED}: out of something`],
])(
  'all that is under way fails when the thread dies (%s), and the next starts another',
  async (text, why) => {
    const { background, warnings } = start();
    expect(await joinedIn(background)).toBe('worker');
    const listing = { mappings: PackedSegments.of([segment('One')]), skipped: 0 };
    const call = fetchPage(background, text);
    const inFlight = [
      background.join([PackedSegments.of([segment('Two')])]),
      background.diff(listing, undefined, 5, null),
    ];
    for (const failed of await Promise.allSettled(inFlight)) {
      expect(failed).toMatchObject({ status: 'rejected', reason: { message: why } });
      // Nothing that Audience Manager has done.
      expect(failed).not.toMatchObject({ reason: expect.any(AudienceManagerError) as unknown });
    }
    // A failed call is a value: it is retried like every call without a response.
    expect(await call).toEqual({ kind: 'network', reason: why, lasting: false });
    expect(warnings()).toEqual([]);
    expect(await joinedIn(background)).toBe('worker');
    expect(warnings()).toEqual(['the background thread has ended and is started again']);
    expect(await joinedIn(background)).toBe('worker');
    expect(warnings()).toHaveLength(1);
  },
);

it('a listing that the thread dies of leaves every name, and the next one is read by another thread', async () => {
  const { background } = start();
  const { simulator, clock, at, names } = await startDirectory({ background });
  const known = ['Alpha', 'Beta', 'Gamma'];
  expect(await names(at(), '1', '2', '3')).toEqual(known);
  const deadly = simulator.fault({ endpoint: 'mappings', action: { kind: 'body', body: 'EXIT' } });
  await expect(at().refresh('request')).rejects.toMatchObject({ code: 'AAM_UNAVAILABLE' });
  const message = `Audience Manager could not be reached: ${ENDED}.`;
  expect(at().sync()).toMatchObject({ status: 'FAILING', lastError: { message } });
  expect(await names(at(), '1', '2', '3')).toEqual(known);
  deadly.remove();
  simulator.destination('acme', 314).mappings[0]!.name = 'Aleph';
  clock.advance(MINUTE);
  expect(allNames(await at().refresh('request'))).toEqual(['Aleph', 'Beta', 'Gamma']);
  expect(at().sync()).toMatchObject({ status: 'FRESH', lastError: null });
});

it('work that is under way fails when the thread is closed, and what is asked for later is done without', async () => {
  const { background, warnings } = start();
  expect(await joinedIn(background)).toBe('worker');
  const inFlight = expect(background.join([PackedSegments.of([])])).rejects.toThrow(ENDED);
  await background.close();
  await inFlight;
  expect(await joinedIn(background)).toBe('this thread');
  expect(await background.join([])).toHaveLength(0);
  const listing = { mappings: PackedSegments.of([segment('One')]), skipped: 0 };
  const { snapshot } = await background.diff(listing, undefined, 5, null);
  expect(allNames(snapshot)).toEqual(allNames(diffListing(listing, undefined, 5).snapshot));
  await background.close();
  expect(warnings()).toEqual([]);
});

it('work is done without a thread where none can be had, and one is tried for again', async () => {
  const { background, warnings } = start(new URL('no-such-worker.mjs', import.meta.url));
  const why =
    'the background thread cannot be started: listings are processed in the answering thread and may delay lookups';
  expect(await joinedIn(background)).toBe('this thread');
  expect(warnings()).toEqual([why]);
  const same = await background.diff(
    { mappings: PackedSegments.of([]), skipped: 0 },
    Snapshot.of([], 1, 2),
    5,
    null,
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
