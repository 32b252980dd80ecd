import { describe, expect, it } from 'vitest';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway } from '../support/gateway.js';
import { entryOf, withKey } from '../support/keys.js';

const KEY = '{ destinationId: "314", segmentId: "1001" }';
const SEGMENT = 'destination { segment(segmentId: "1001") { name description status source } }';

const start = (): Promise<TestGateway> =>
  TestGateway.start({ simulated: [passwordCustomer('acme', destination(314, 2))] });

describe('the mutations of a document', () => {
  it('show each change to the fields that follow it', async () => {
    await using gateway = await start();
    const name = 'destination { segment(segmentId: "1001") { name } segments(first: 1) { nodes { name } } }';
    const { data, errors } = await gateway.query(`mutation {
      a: setSegment(key: ${KEY}, name: "A") { ${name} }
      b: setSegment(key: ${KEY}, name: "B") { ${name} }
      c: importSegments(destinationId: "314", csv: "id,name\\n1001,C") { applied }
      d: refreshDestination(destinationId: "314") { segment(segmentId: "1001") { name } }
      e: unsetSegment(key: ${KEY}) { ${name} }
    }`);
    expect(errors).toBeUndefined();
    const seen = (text: string): object => ({
      destination: { segment: { name: text }, segments: { nodes: [{ name: text }] } },
    });
    expect(data).toEqual({
      a: seen('A'),
      b: seen('B'),
      c: { applied: true },
      d: { segment: { name: 'C' } },
      e: seen('Segment 1'),
    });
  });

  it('leave the others alone where one fails', async () => {
    await using gateway = await start();
    const { data, errors } = await gateway.query(`mutation {
      a: setSegment(key: ${KEY}, name: "A") { name }
      b: refreshDestination(destinationId: "999") { id }
      c: setSegment(key: ${KEY}, status: INACTIVE) { name status }
    }`);
    expect(data).toEqual({ a: { name: 'A' }, b: null, c: { name: 'A', status: 'INACTIVE' } });
    expect(errors).toMatchObject([{ path: ['b'], extensions: { code: 'NOT_FOUND' } }]);
  });
});

describe('setting a segment', () => {
  it('leaves what is left out, and takes away what is null', async () => {
    await using gateway = await start();
    const set = async (args: string, variables: Record<string, unknown> = {}): Promise<unknown> => {
      const { data, errors } = await gateway.query(
        `mutation${args.includes('$') ? ' ($text: String)' : ''} { setSegment(key: ${KEY}, ${args}) { ${SEGMENT} } }`,
        variables,
      );
      expect(errors).toBeUndefined();
      return (data!['setSegment'] as { destination: { segment: unknown } }).destination.segment;
    };
    const before = {
      name: 'Segment 1',
      description: 'About segment 1',
      status: 'ACTIVE',
      source: 'AUDIENCE_MANAGER',
    };
    const manual = { ...before, source: 'MANUAL' };
    expect(await set('name: "A", description: "B", status: INACTIVE')).toEqual({
      name: 'A',
      description: 'B',
      status: 'INACTIVE',
      source: 'MANUAL',
    });
    expect(await set('name: null')).toEqual({ ...manual, description: 'B', status: 'INACTIVE' });
    // A variable that is not given is left out, too.
    expect(await set('description: $text, status: null')).toEqual({ ...manual, description: 'B' });
    expect(await set('description: $text', { text: null })).toEqual(before);
  });

  it('needs something to set', async () => {
    await using gateway = await start();
    const { data, errors } = await gateway.query(
      `mutation ($name: String) { setSegment(key: ${KEY}, name: $name) { name } }`,
    );
    expect(data).toEqual({ setSegment: null });
    expect(errors).toMatchObject([
      {
        message: 'Give at least one of name, description and status.',
        extensions: { code: 'BAD_USER_INPUT' },
      },
    ]);
  });
});

describe('an ambiguous ID', () => {
  const simulated = [
    passwordCustomer(
      'acme',
      destination(314, 0, {
        mappings: [
          { mappingId: 1, sid: 7, name: 'Secret one' },
          { mappingId: 7, sid: 8, name: 'Secret two' },
        ],
      }),
    ),
  ];
  const mutations = [
    'setSegment(key: { destinationId: "314", segmentId: "7" }, name: "x") { name }',
    'unsetSegment(key: { destinationId: "314", segmentId: "7" }) { name }',
    'importSegments(destinationId: "314", csv: "ID,Name\\n7,x") { applied mistakes { reason } }',
  ];

  it('changes nothing, and names no segment to those who may not read', async () => {
    await using gateway = await TestGateway.start({
      simulated,
      customers: [{ id: 'acme', destinations: [{ id: 314, segmentIdType: 'AUTO' }] }],
      config: {
        access: {
          apiKeys: [
            entryOf('import-key', 'importer', ['acme'], ['import']),
            entryOf('editor-key', 'editor', ['acme'], ['import', 'read']),
          ],
        },
      },
    });
    for (const mutation of mutations) {
      const [mute, telling] = await Promise.all(
        ['import-key', 'editor-key'].map(async (key) => {
          const { body } = await gateway.post({ query: `mutation { ${mutation} }` }, withKey(key));
          return JSON.stringify(body);
        }),
      );
      expect(mute).toContain('stands for several segments');
      expect(mute).not.toContain('Secret');
      expect(telling).toContain('Secret one');
      expect(telling).toContain('Secret two');
      if (!mutation.startsWith('import')) expect(mute).toContain('AMBIGUOUS_ID');
    }
    const trial =
      'mutation { importSegments(destinationId: "314", csv: "ID,Name\\n7,x", dryRun: true) { rejected mistakes { reason } } }';
    expect((await gateway.post({ query: trial }, withKey('import-key'))).body).toEqual({
      data: { importSegments: { rejected: 0, mistakes: [] } },
    });
    const { body } = await gateway.post(
      { query: '{ searchSegments(text: "") { nodes { name source } } }' },
      withKey('editor-key'),
    );
    expect(body).toEqual({
      data: {
        searchSegments: {
          nodes: [
            { name: 'Secret one', source: 'AUDIENCE_MANAGER' },
            { name: 'Secret two', source: 'AUDIENCE_MANAGER' },
          ],
        },
      },
    });
  });
});
