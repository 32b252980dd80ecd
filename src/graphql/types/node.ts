import { Field, InterfaceType } from 'type-graphql';
import { ID } from './id.js';

/** GraphQL interface Node, as Relay defines it. */
@InterfaceType('Node', {
  description:
    'An object with an ID of its own, by which `node` finds it again. Caches of clients may go by this ID.',
})
export abstract class NodeObject {
  @Field(() => ID, {
    description:
      'Identifies the object among all objects of all types. Opaque: clients only compare it and pass it to `node`. It is the same after a restart and at every gateway with the same configuration.',
  })
  readonly id!: string;
}
