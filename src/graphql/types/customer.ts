import { Arg, Field, ID, ObjectType } from 'type-graphql';
import type { Customer } from '../../directory/index.js';
import { checkId } from '../arguments.js';
import { DestinationObject } from './destination.js';

/** A company whose AAM account sends us segments. */
@ObjectType('Customer', { description: 'A company whose Audience Manager account sends segments to us.' })
export class CustomerObject {
  readonly #customer: Customer;

  constructor(customer: Customer) {
    this.#customer = customer;
  }

  @Field(() => ID, { description: 'The ID that this gateway gives the customer.', simple: true })
  get id(): string {
    return this.#customer.id;
  }

  @Field(() => String, { description: 'The name to show.', simple: true })
  get name(): string {
    return this.#customer.name;
  }

  @Field(() => [DestinationObject], { description: 'All destinations of the customer.', simple: true })
  get destinations(): DestinationObject[] {
    return Array.from(
      this.#customer.destinations.values(),
      (destination) => new DestinationObject(destination),
    );
  }

  @Field(() => DestinationObject, {
    nullable: true,
    description: 'One destination of the customer; null where it has no such destination.',
  })
  destination(
    @Arg('id', () => ID, { description: "The destination's ID in Audience Manager." }) id: string,
  ): DestinationObject | null {
    checkId('id', id);
    const destination = this.#customer.destinations.get(id);
    return destination === undefined ? null : new DestinationObject(destination);
  }
}
