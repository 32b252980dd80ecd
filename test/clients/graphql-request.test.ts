import { GraphQLClient, request } from 'graphql-request';
import { describe, expect, it } from 'vitest';
import { ask } from './queries.js';
import { World } from './world.js';

describe('graphql-request', () => {
  it('gives for every query what came over the wire', { timeout: 60_000 }, async () => {
    await using world = await World.start();
    const client = new GraphQLClient(world.url);
    for (const { document, variables, wire } of await ask(world)) {
      expect(await request(world.url, document, variables)).toEqual(wire);
      expect(await client.request(document, variables)).toEqual(wire);
    }
  });
});
