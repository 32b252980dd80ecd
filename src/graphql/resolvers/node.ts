import { Arg, Ctx, Query, Resolver } from 'type-graphql';
import { parseGlobalId } from '../global-ids.js';
import type { GatewayContext } from '../request/context.js';
import type { ListItem } from '../request/long-lists.js';
import { ID } from '../types/id.js';
import { NodeObject } from '../types/node.js';
import { findNodes, type AnyNode, type NodeResult } from './find-nodes.js';

/** Queries for objects of any type by their global IDs. */
@Resolver()
export class NodeResolver {
  @Query(() => NodeObject, {
    nullable: true,
    description:
      'The object with this ID; null if there is none, or none that the caller may see, or if the ID is not one of this API.',
  })
  async node(
    @Arg('id', () => ID, { description: 'The `id` of the object.' }) id: string,
    @Ctx() { loader }: GatewayContext,
  ): Promise<AnyNode | null> {
    const [result = null] = await findNodes(loader, [id], parseGlobalId);
    if (result instanceof Error) throw result;
    return result;
  }

  @Query(() => [NodeObject], {
    nullable: 'itemsAndList',
    description:
      'The objects with these IDs, in the order of `ids`; null for each ID without an object. An object that cannot be read is null and has an error with its path; the others are not affected.',
  })
  async nodes(
    @Arg('ids', () => [ID], { description: 'The `id`s of the objects.' }) ids: string[],
    @Ctx() { loader }: GatewayContext,
  ): Promise<readonly ListItem<NodeResult>[]> {
    return loader.lists.spread(await findNodes(loader, ids, parseGlobalId));
  }
}
