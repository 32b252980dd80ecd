import { Field, ID, ObjectType } from 'type-graphql';
import type { Customer } from '../../directory/index.js';

/** GraphQL type Customer. `resolvers/customer.ts` adds the fields that lead to destinations. */
@ObjectType('Customer', { description: 'A company whose Audience Manager account sends segments to us.' })
export class CustomerObject {
  /** The customer in the directory; not a GraphQL field. */
  readonly model: Customer;

  constructor(model: Customer) {
    this.model = model;
  }

  @Field(() => ID, { description: "The customer's ID in this gateway.", simple: true })
  get id(): string {
    return this.model.id;
  }

  @Field(() => String, { description: 'The display name.', simple: true })
  get name(): string {
    return this.model.name;
  }
}
