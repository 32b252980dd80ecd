import { createHmac } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { describe, expect, it, onTestFinished } from 'vitest';
import { RunningCommand, TemporaryFolder, runCommand } from '../support/command.js';

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** A partner's endpoint that answers with 200. */
async function partner(): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      received.push({ headers: request.headers, body });
      response.end(`message ${received.length}`);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/in`, received };
}

describe('simulate', () => {
  it('writes the files that a partner receives, and has them in its history', async () => {
    await using folder = await TemporaryFolder.create();
    const into = folder.pathOf('new/received');
    await using simulate = new RunningCommand(['simulate', '--port', '0', '--deliver', into]);
    const [, baseUrl = ''] = await simulate.prints(/API base URL +(\S+)/);
    await simulate.prints(/S3_710_20915_iter_\d+\.info/);
    const names = await readdir(into);
    expect(names.map((name) => name.replace(/_\d{13}/, '_TIME')).sort()).toEqual([
      'S3_314_20914_acme7_full_TIME.info',
      'S3_314_20914_acme7_full_TIME.sync.gz',
      'S3_314_20914_acme7_iter_TIME.info',
      'S3_314_20914_acme7_iter_TIME.sync.gz',
      'S3_318_1159_full_TIME.csv',
      'S3_318_1159_iter_TIME.csv',
      'S3_710_20915_full_TIME.info',
      'S3_710_20915_full_TIME.sync',
      'S3_710_20915_iter_TIME.info',
      'S3_710_20915_iter_TIME.sync',
      'ftp_566_269_full_TIME.info',
      'ftp_566_269_full_TIME.sync.gz',
      'ftp_566_269_full_TIME001.sync.gz',
      'ftp_566_269_iter_TIME.info',
      'ftp_566_269_iter_TIME.sync.gz',
      'ftp_566_269_iter_TIME001.sync.gz',
      's3_317_20914_12_full_TIME.sync',
      's3_317_20914_12_iter_TIME.sync',
    ]);
    const sakura = names.find((name) => /^S3_710.*iter.*sync$/.test(name)) ?? '';
    expect(await readFile(`${into}/${sakura}`, 'utf8')).toMatch(/^[-0-9A-F]{36}(?: \d+)+\n/);

    const token = await fetch(baseUrl.replace('/v1', '/oauth/token'), {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from('partner-client:partner-secret').toString('base64')}` },
      body: new URLSearchParams({
        grant_type: 'password',
        username: 'sakura-readonly',
        password: 'sakura-sample-password',
      }),
    });
    const { access_token: bearer } = (await token.json()) as { access_token: string };
    const history = await fetch(
      `${baseUrl}/destinations/710/history/outbound?startDate=0&endDate=${Date.now()}`,
      {
        headers: { authorization: `Bearer ${bearer}` },
      },
    );
    const jobs = (await history.json()) as { dataFileName: string; receivedRecords: number }[];
    expect(jobs).toMatchObject([{ fullPublish: true }, { dataFileName: sakura, receivedRecords: 40 }]);

    simulate.kill('SIGINT');
    expect(await simulate.exit).toEqual({ code: 0, signal: null });
  });

  it('sends signed messages of one destination again and again, until it is stopped', async () => {
    const { url, received } = await partner();
    const flags = ['--destination', '317', '--every', '10ms', '--header', 'authorization: Bearer k'];
    await using simulate = new RunningCommand(
      ['simulate', '--port', '0', '--send', url, ...flags, '--signature-header', 'X-Signature'],
      { AAM_SIGNATURE_SECRET: 'between us' },
    );
    await simulate.prints(/acme {2}317 {2}200 {2}\d+ ms\n {4}message 3\n/);
    simulate.kill('SIGTERM');
    expect(await simulate.exit).toEqual({ code: 0, signal: null });
    for (const { headers, body } of received) {
      const signature = createHmac('sha256', 'between us').update(body).digest('base64');
      expect(headers).toMatchObject({ 'x-signature': signature, authorization: 'Bearer k' });
      expect(JSON.parse(body)).toMatchObject({ AAM_Destination_Id: '317', User_count: '2' });
    }
    expect(simulate.stdout + simulate.stderr).not.toContain('between us');
  });

  it('takes the secret from a file too, and signs with SHA-1 where that is asked for', async () => {
    await using folder = await TemporaryFolder.create();
    const secret = await folder.write('secret', 'in a file\n');
    const { url, received } = await partner();
    const flags = ['--signature-algorithm', 'sha1', '--signature-secret-file', secret];
    await using simulate = new RunningCommand([
      'simulate',
      '--port',
      '0',
      '--send',
      url,
      '--signature-header',
      'X-Signature',
      ...flags,
    ]);
    await simulate.prints(/message 5/);
    const [{ headers, body } = { headers: {}, body: '' }] = received;
    expect(headers['x-signature']).toBe(createHmac('sha1', 'in a file').update(body).digest('base64'));
    expect(received.map(({ body: sent }) => Object.keys(JSON.parse(sent) as object)[3])).toContain(
      'AAM_Destination_ID',
    );
  });

  it.each([
    [['--every', '3s'], '--every needs --deliver or --send.'],
    [['--send', 'ftp://x'], '--send takes the URL of an endpoint'],
    [['--send', 'http://x', '--every', 'often'], '--every takes a duration such as 30s'],
    [['--send', 'http://x', '--header', 'x'], '--header takes a name and a value'],
    [['--send', 'http://x', '--signature-header', 'X-S'], '--signature-header needs a secret'],
    [['--send', 'http://x', '--signature-algorithm', 'sha1'], 'signed only with --signature-header'],
    [['--send', 'http://x', '--destination', '315'], 'Nothing is sent to destination 315.'],
  ])('refuses %j', async (flags, message) => {
    const { code, stderr, stdout } = await runCommand(['simulate', '--port', '0', ...flags]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});
