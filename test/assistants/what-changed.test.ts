import { describe, expect, it } from 'vitest';
import { whatChanged } from '../../src/assistants/tools/what-changed.js';

/** A destination as the API answers it, without changes. */
const destination = (destinationId: string, completeSince: string | null): object => ({
  customer: { id: 'acme', name: 'Acme' },
  destinationId,
  name: null,
  changes: { completeSince, edges: [], pageInfo: { endCursor: null, hasNextPage: false } },
});

describe('what_changed', () => {
  it('names destinations of which old changes were removed, as there may have been some', async () => {
    const nodes = [
      destination('1', null),
      destination('2', '2026-03-01T00:00:00Z'),
      destination('3', '2026-01-01T00:00:00Z'),
    ];
    const data = {
      destinations: { totalCount: 3, nodes, pageInfo: { endCursor: null, hasNextPage: false } },
    };
    const asked = whatChanged.input.parse({ since: '2026-02-01T00:00:00Z' });
    const answer = await whatChanged.run(asked, {
      ask: () => Promise.resolve({ data, errors: [] }),
      maxFirst: 50,
    });
    expect(answer.destinations).toMatchObject([{ destinationId: '2', changes: [], isComplete: false }]);
  });
});
