import { ask, mayStorageFail } from './asking.js';
import type { Row } from './checks.js';
import type { GatewayProcess } from './gateway-process.js';
import { readName } from './names.js';
import { REVISION, RevisionSequence, type Revision } from './revisions.js';
import type { DestinationTruth, SegmentTruth } from './truth.js';
import type { World } from './world.js';

const CHANGES = `query ($customer: ID!, $destination: ID!, $first: Int!, $after: String) {
  destination(customerId: $customer, destinationId: $destination) {
    changes(since: "2000-01-01T00:00:00Z", order: OLDEST_FIRST, first: $first, after: $after) {
      totalCount pageInfo { hasNextPage endCursor } nodes { ${REVISION} }
    }
  }
}`;

interface Changes {
  readonly totalCount: number;
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly nodes: readonly Revision[];
}

/**
 * A job that asks for the changes of a destination again and again, each time from where the last answer ended, and at
 * whichever gateway. It must see each change once, in order, and in the end know all segments.
 */
export class ChangePoller {
  readonly destination: DestinationTruth;
  readonly #sequences = new Map<SegmentTruth, RevisionSequence>();
  readonly #seen = new Set<string>();
  #after: string | null = null;
  #lastAt = '';
  #isAsking = false;

  constructor(destination: DestinationTruth) {
    this.destination = destination;
  }

  /** Asks once. @returns whether there may be more */
  async poll(world: World, life: GatewayProcess, first: number): Promise<boolean> {
    if (this.#isAsking) return true;
    this.#isAsking = true;
    try {
      return await this.#poll(world, life, first);
    } finally {
      this.#isAsking = false;
    }
  }

  /** Compares what the changes were in the end with what a list has now. */
  check(world: World, life: GatewayProcess, rows: readonly Row[]): void {
    const where = `gateway ${life.gateway}, changes of ${this.destination.key}`;
    for (const row of rows) {
      const segment = this.destination.find(readName(row.name ?? '')?.segment ?? 0);
      if (segment === undefined) continue;
      const last = this.#sequences.get(segment)?.last;
      if (last?.name !== row.name || last.status !== row.status) {
        world.violate('all changes together end in what is', where, { lastChange: last }, row);
      }
    }
  }

  async #poll(world: World, life: GatewayProcess, first: number): Promise<boolean> {
    const { customer, id } = this.destination;
    const variables = { customer, destination: String(id), first, after: this.#after };
    const reply = await ask(world, life, { what: 'changes', query: CHANGES, variables, way: 'storage' });
    if (reply === null) return true;
    const { occasion, answer, data } = reply;
    const found = data['destination'] as { changes: Changes | null } | null;
    if (found === null || found.changes === null) {
      const isExcused =
        mayStorageFail(world, occasion) ||
        world.configuration.mayBeAbsent(customer, id, occasion.from, occasion.to);
      if (!isExcused) {
        world.violate('changes can be read while the storage answers', occasion, answer.errors, null);
      }
      return true;
    }
    const { nodes, pageInfo, totalCount } = found.changes;
    if (nodes.length > 0) this.#after = pageInfo.endCursor;
    else if (pageInfo.endCursor !== this.#after) {
      world.violate('an empty page of changes gives its cursor back', occasion, pageInfo, this.#after);
    }
    for (const revision of nodes) {
      if (this.#seen.has(revision.id))
        world.violate('a poll sees each change once', occasion, revision, null);
      this.#seen.add(revision.id);
      if (revision.at < this.#lastAt) {
        world.violate('changes come in the order of time', occasion, revision, this.#lastAt);
      }
      this.#lastAt = revision.at;
      const segment = this.destination.find(readName(revision.name ?? '')?.segment ?? 0);
      if (segment === undefined) {
        world.violate('no name is made up', occasion, revision, this.destination.key);
        continue;
      }
      let sequence = this.#sequences.get(segment);
      if (sequence === undefined) this.#sequences.set(segment, (sequence = new RevisionSequence(segment)));
      sequence.add(world, occasion, revision);
    }
    if (!pageInfo.hasNextPage && totalCount !== this.#seen.size) {
      world.violate('a poll misses no change', occasion, { totalCount }, { seen: this.#seen.size });
    }
    return pageInfo.hasNextPage;
  }
}
