import type { GraphQLResolveInfo } from 'graphql';
import { Arg, Ctx, Info, Query, Resolver } from 'type-graphql';
import type { GatewayContext } from '../request/context.js';
import type { DestinationLoader } from '../request/destination-loader.js';
import type { ListItem } from '../request/long-lists.js';
import { subgraphSdl } from '../subgraph-sdl.js';
import { Any, type Representation } from '../types/any.js';
import { EntityUnion, ServiceObject, type AnyEntity } from '../types/entity.js';
import { ReferenceLookups, SegmentReferenceObject, type ReferenceKey } from '../types/segment-reference.js';
import { findNodes } from './find-nodes.js';
import { represented, type Represented } from './representations.js';

/** An object; `null` if there is none, or none that the caller may see; an error that concerns this one only. */
type EntityResult = AnyEntity | Error | null;

/**
 * The fields by which routers of Apollo Federation ask a subgraph.
 *
 * @see https://www.apollographql.com/docs/graphos/reference/federation/subgraph-spec
 */
@Resolver()
export class FederationResolver {
  /** Printed once: it is the same for everybody. */
  #sdl: string | undefined;

  @Query(() => ServiceObject, {
    name: '_service',
    description:
      'This gateway as a part of a federated graph, for the composition of that graph. Refused where introspection is.',
  })
  service(@Info() { schema }: GraphQLResolveInfo): ServiceObject {
    return new ServiceObject((this.#sdl ??= subgraphSdl(schema)));
  }

  @Query(() => [EntityUnion], {
    name: '_entities',
    nullable: 'items',
    description:
      'The objects that a router of a federated graph refers to, in the order of `representations`; null for each without an object. One that cannot be read is null and has an error with its path; the others are not affected.',
  })
  async entities(
    @Arg('representations', () => [Any], { description: 'What the router knows of the objects.' })
    representations: Representation[],
    @Ctx() { loader }: GatewayContext,
  ): Promise<readonly ListItem<EntityResult>[]> {
    return loader.lists.spread(await findEntities(loader, representations));
  }
}

/** @throws GraphQLError QUERY_TOO_COMPLEX; DirectoryError once the request has ended */
async function findEntities(
  loader: DestinationLoader,
  representations: readonly Representation[],
): Promise<EntityResult[]> {
  const turns = loader.turns();
  const results = new Array<EntityResult>(representations.length).fill(null);
  const keys: ReferenceKey[] = [];
  /** For each key, its index in the list of all representations. */
  const keyIndices: number[] = [];
  const lookups = new ReferenceLookups(loader, keys, (index) => nameOf(keyIndices[index] ?? 0));
  const objects: (Represented & { readonly kind: 'object' })[] = [];
  /** The same for the objects. */
  const objectIndices: number[] = [];
  for (const [index, representation] of representations.entries()) {
    try {
      const each = represented(representation, nameOf(index));
      if (each.kind === 'reference') {
        results[index] = new SegmentReferenceObject(each.key, keys.length, lookups);
        keys.push(each.key);
        keyIndices.push(index);
      } else {
        objects.push(each);
        objectIndices.push(index);
      }
    } catch (error) {
      results[index] = error as Error;
    }
    if (turns.isOver) await turns.next();
  }
  const found = await findNodes(loader, objects, ({ reference }) => reference);
  for (const [position, object] of found.entries()) {
    const index = objectIndices[position];
    if (index !== undefined) results[index] = object as EntityResult;
  }
  return results;
}

function nameOf(index: number): string {
  return `representations[${index}]`;
}
