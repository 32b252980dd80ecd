import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { RunningCommand, runCommand } from '../support/command.js';

interface Body {
  readonly data: Record<string, unknown>;
  readonly errors?: readonly { readonly extensions: { readonly code: string } }[];
}

async function post(url: string, body: string): Promise<Body> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body });
  return (await response.json()) as Body;
}

describe('demo', () => {
  it('prints a curl command that returns names, queries that work, and a configuration to check', async () => {
    await using demo = new RunningCommand(['demo', '--port', '0']);
    const [, url = '', body = ''] = await demo.prints(
      /curl -s (\S+) -H 'content-type: application\/json' -d '(.*)'/,
    );
    const [, file = ''] = await demo.prints(/^ {2}aam-gateway check --config (\S+)$/m);
    await demo.prints(/Press Ctrl\+C to stop the demo/);

    const names = await post(url, body);
    expect(names.errors).toBeUndefined();
    expect(names.data['segments']).toMatchObject([
      { mappingId: '14395', sid: '80920', label: 'Cart abandoners – last 7 days', status: 'ACTIVE' },
      { sid: '80921' },
      { sid: '80922' },
    ]);

    const samples = demo.stdout
      .split(/\n {2}\d\. .*\n\n/)
      .slice(1)
      .map((text) => text.split(/\n\n {0,2}\S/)[0] ?? '');
    expect(samples).toHaveLength(4);
    const answers = [];
    for (const query of samples) answers.push(await post(url, JSON.stringify({ query })));
    expect(answers[0]?.errors?.map(({ extensions }) => extensions.code)).toEqual(['AAM_AUTH_FAILED']);
    for (const answer of answers.slice(1)) expect(answer).not.toHaveProperty('errors');
    expect(answers[1]?.data['lookupSegments']).toMatchObject([
      { customerId: 'globex', status: 'FOUND', idType: 'MAPPING_ID', segment: { label: expect.any(String) } },
      { customerId: 'globex', status: 'FOUND', idType: 'SID', segment: { label: expect.any(String) } },
      { customerId: 'acme', status: 'UNKNOWN', segment: null, error: null },
      { customerId: 'hooli', status: 'FAILED', segment: null, error: { code: 'AAM_AUTH_FAILED' } },
    ]);
    expect(answers[2]?.data['searchSegments']).toMatchObject({
      unread: [{ destinationId: '569' }, { destinationId: '800' }],
    });

    const check = await runCommand(['check', '--json', '--config', file]);
    expect(check.code).toBe(1);
    const codes = (JSON.parse(check.stdout) as { code: string | null }[])
      .map(({ code }) => code)
      .filter((code) => code !== null);
    expect(codes).toEqual(['AAM_FORBIDDEN', 'AAM_AUTH_FAILED']);

    demo.kill('SIGINT');
    expect(await demo.exit).toEqual({ code: 0, signal: null });
    expect(existsSync(file)).toBe(false);
  });

  it('ends with a command that puts names to a file as Audience Manager sends it', async () => {
    await using demo = new RunningCommand(['demo', '--port', '0']);
    const [, url = ''] = await demo.prints(/GraphQL API +(\S+)/);
    const [, received = '', gateway = ''] = await demo.prints(
      /\n {2}aam-gateway annotate (\S+) --gateway (\S+)\s*$/,
    );
    expect([received, gateway]).toEqual([
      expect.stringMatching(/S3_314_20914_acme7_iter_\d{13}\.sync\.gz$/),
      new URL(url).origin,
    ]);
    const annotated = await runCommand(['annotate', received, '--gateway', gateway]);
    expect(annotated.code).toBe(0);
    const lines = annotated.stdout.trim().split('\n');
    expect(lines).toHaveLength(40);
    expect(annotated.stdout).toContain('"name":"Ad clickers – last 14 days"');
    expect(annotated.stderr).toContain('114 different IDs, 110 of them with a name');
    expect(annotated.stderr).toContain('The delivery is complete');
  });
});
