import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { AppParts } from '../../src/web/app/app-context.js';
import { FileLoad } from '../../src/web/views/load/file-load.js';
import { sendFile, type Choices, type Progress } from '../../src/web/views/load/send-file.js';

describe('sending a file', () => {
  beforeAll(() => vi.stubGlobal('navigator', { onLine: true }));
  afterAll(() => vi.unstubAllGlobals());

  const CHOICES: Choices = {
    mode: 'MERGE',
    skipBad: false,
    force: false,
    sheet: null,
    idColumn: null,
    nameColumn: null,
    idType: null,
    encoding: null,
  };

  /** Sends a file to a server that answers with these pieces. */
  async function send(
    pieces: readonly string[],
    isCutOff = false,
  ): Promise<{ sent: unknown; progress: Progress[] }> {
    const server: Server = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/x-ndjson' });
      for (const piece of pieces) response.write(piece);
      if (isCutOff) response.write('{"progress"', () => response.destroy());
      else response.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const progress: Progress[] = [];
    const sent = await sendFile(
      async (path, init) => await fetch(new URL(path as string, `http://127.0.0.1:${port}`), init),
      {
        destination: { customerId: 'acme', destinationId: '314' },
        bytes: new ArrayBuffer(4),
        fileName: 'a.csv',
        choices: CHOICES,
        isDryRun: true,
      },
      { signal: new AbortController().signal, onProgress: (each) => progress.push(each) },
    );
    await new Promise((resolve) => server.close(resolve));
    return { sent, progress };
  }

  it('tells of the progress, however its lines arrive', async () => {
    const { sent, progress } = await send([
      '{"progress":{"phase":"READ',
      'ING","percent":42}}\n{"progress":{"phase":"APPLYING"}}\n{"result":',
      '{"applied":false}}\n',
    ]);
    expect(progress).toEqual([
      { phase: 'SENDING', percent: null },
      { phase: 'READING', percent: 42 },
      { phase: 'APPLYING', percent: null },
    ]);
    expect(sent).toEqual({ is: 'answered', answer: { applied: false } });
  });

  it('does not take an answer that is cut off for one', async () => {
    expect((await send(['{"progress":{"phase":"APPLYING"}}\n'])).sent).toMatchObject({ is: 'lost' });
    expect((await send(['{"progress":{"phase":"APPLYING"}}\n'], true)).sent).toMatchObject({ is: 'lost' });
  });
});

describe('a file that is loaded', () => {
  /** Something that a browser does with a file at its leisure. */
  class Leisure {
    end: () => void = () => undefined;
    readonly ended = new Promise<void>((resolve) => {
      this.end = resolve;
    });
  }

  /** What requests were sent, which all succeed. */
  function fileLoad(): { load: FileLoad; sent: string[] } {
    const sent: string[] = [];
    const fetch = async (path: string): Promise<Response> => {
      sent.push(path);
      return await Promise.resolve(Response.json({ result: { applied: !path.includes('dryRun=1') } }));
    };
    return { load: new FileLoad({ session: { fetch } } as unknown as AppParts), sent };
  }

  it('is the one that was chosen last, whichever is read first', async () => {
    const { load } = fileLoad();
    const reading = new Leisure();
    const slow = new File(['slow'], 'slow.csv');
    slow.arrayBuffer = async () => {
      await reading.ended;
      return new ArrayBuffer(4);
    };
    const first = load.choose(slow, 100);
    await load.choose(new File(['quick'], 'quick.csv'), 100);
    reading.end();
    await first;
    expect(load.state.value.file?.file.name).toBe('quick.csv');
    const second = load.choose(slow, 100);
    load.forget();
    await second;
    expect(load.state.value.file).toBe(null);
  });

  it('is not sent after it was stopped before that', async () => {
    const { load, sent } = fileLoad();
    const checking = new Leisure();
    const file = new File(['sid,name'], 'a.csv');
    file.slice = () => {
      const part = new Blob();
      part.arrayBuffer = async () => {
        await checking.ended;
        return new ArrayBuffer(1);
      };
      return part;
    };
    load.setDestination({ customerId: 'acme', destinationId: '314' });
    await load.choose(file, 100);
    const importing = load.import(null);
    expect(load.isImporting).toBe(true);
    load.stop();
    expect(load.isImporting).toBe(false);
    checking.end();
    await importing;
    expect(sent).toHaveLength(1);
    expect(sent[0]).toContain('dryRun=1');
    await load.import(null);
    expect(load.state.value.outcome?.answer?.applied).toBe(true);
  });
});
