import { Directive, Field, ObjectType } from 'type-graphql';
import type { Customer } from '../../directory/index.js';
import { ID } from './id.js';
import { NodeObject } from './node.js';

/** GraphQL type Customer. `resolvers/customer.ts` adds the fields that lead to destinations. */
@Directive('@key(fields: "id")')
@ObjectType('Customer', {
  implements: NodeObject,
  description: 'A company whose Audience Manager account sends segments to us.',
})
export class CustomerObject implements NodeObject {
  /** The customer in the directory; not a GraphQL field. */
  readonly model: Customer;

  constructor(model: Customer) {
    this.model = model;
  }

  @Field(() => ID, {
    description:
      'The ID that the configuration of the gateway gives it. It is also its ID among all objects.',
    simple: true,
  })
  get id(): string {
    return this.model.id;
  }

  @Field(() => String, { description: 'The display name.', simple: true })
  get name(): string {
    return this.model.name;
  }
}
