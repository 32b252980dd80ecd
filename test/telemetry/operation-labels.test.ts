import { describe, expect, it } from 'vitest';
import { OperationLabels } from '../../src/telemetry/operation-labels.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway } from '../support/gateway.js';
import { entryOf, withKey } from '../support/keys.js';

const invented = (count: number, prefix = 'Invented'): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

describe('the label of an operation', () => {
  it('is its name, or (anonymous)', () => {
    const labels = new OperationLabels();
    expect(labels.labelOf('Names', 'key:ui')).toBe('Names');
    for (const nameless of ['', null]) expect(labels.labelOf(nameless, 'key:ui')).toBe('(anonymous)');
  });

  it('is (other) after the first 100 names of a caller, which stay', () => {
    const labels = new OperationLabels();
    const names = invented(500);
    const found = names.map((name) => labels.labelOf(name, 'key:curious'));
    expect(found.slice(0, 100)).toEqual(names.slice(0, 100));
    expect(new Set(found.slice(100))).toEqual(new Set(['(other)']));
    expect(labels.labelOf('Invented0', 'key:curious')).toBe('Invented0');
  });

  it('is not taken away by names that another caller invents', () => {
    const labels = new OperationLabels();
    for (const name of invented(200)) labels.labelOf(name, 'key:curious');
    expect(labels.labelOf('Report', 'key:ui')).toBe('Report');
    // What somebody uses has a label for everybody.
    expect(labels.labelOf('Report', 'key:curious')).toBe('Report');
  });

  it('is (other) for new names once there are 1000 of all callers', () => {
    const labels = new OperationLabels();
    for (const caller of invented(20, 'key:')) {
      for (const name of invented(100, `Of${caller.slice(4)}x`)) labels.labelOf(name, caller);
    }
    expect(labels.labelOf('Report', 'key:ui')).toBe('(other)');
    labels.trust(['Report']);
    expect(labels.labelOf('Report', 'key:ui')).toBe('Report');
    labels.trust([]);
    expect(labels.labelOf('Report', 'key:ui')).toBe('(other)');
  });

  it('is (other) for a name of more than 100 characters, trusted or not', () => {
    const labels = new OperationLabels();
    labels.trust(['T'.repeat(101)]);
    expect(labels.labelOf('N'.repeat(100), 'key:ui')).toBe('N'.repeat(100));
    expect(labels.labelOf('N'.repeat(101), 'key:ui')).toBe('(other)');
    expect(labels.labelOf('T'.repeat(101), 'key:ui')).toBe('(other)');
  });

  it('is kept in the metrics of a gateway for trusted documents and for each caller', async () => {
    await using gateway = await TestGateway.start({
      simulated: [passwordCustomer('acme', destination(314, 3))],
      files: { 'known.json': JSON.stringify({ known: 'query Trusted { viewer { name } }' }) },
      config: {
        access: {
          apiKeys: [entryOf('curious-key', 'curious', ['acme']), entryOf('ui-key', 'ui', ['acme'])],
          trustedDocuments: { file: 'known.json' },
        },
      },
    });
    for (const name of invented(150)) {
      await gateway.post({ query: `query ${name} { __typename }` }, withKey('curious-key'));
    }
    await gateway.post({ documentId: 'known' }, withKey('curious-key'));
    await gateway.post({ query: 'query Report { __typename }' }, withKey('ui-key'));
    const counted = (operation: string): Promise<number> =>
      gateway.metric(`aam_gateway_graphql_requests_total{operation="${operation}",outcome="ok"}`);
    expect(await counted('(other)')).toBe(50);
    expect([await counted('Invented99'), await counted('Trusted'), await counted('Report')]).toEqual([
      1, 1, 1,
    ]);
  });
});
