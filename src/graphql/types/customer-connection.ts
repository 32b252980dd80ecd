import { Field, Int, ObjectType } from 'type-graphql';
import type { Customer, Page } from '../../directory/index.js';
import { customerCursor } from '../cursors.js';
import { CustomerObject } from './customer.js';
import { PageInfoObject } from './page-info.js';

/** Relay's edge. */
@ObjectType('CustomerEdge', { description: 'A customer and its place in the list.', simpleResolvers: true })
export class CustomerEdgeObject {
  @Field(() => String, { description: 'Its place: give it as `after` to go on behind it.' })
  readonly cursor: string;

  @Field(() => CustomerObject, { description: 'The customer.' })
  readonly node: CustomerObject;

  constructor(customer: Customer) {
    this.cursor = customerCursor(customer);
    this.node = new CustomerObject(customer);
  }
}

/** Relay's connection. */
@ObjectType('CustomerConnection', {
  description: 'A page of the list of customers, by name, then ID.',
  simpleResolvers: true,
})
export class CustomerConnectionObject {
  @Field(() => [CustomerEdgeObject], { description: 'The customers of this page with their cursors.' })
  readonly edges: readonly CustomerEdgeObject[];

  @Field(() => PageInfoObject, { description: 'Where this page stands in the list.' })
  readonly pageInfo: PageInfoObject;

  @Field(() => Int, { description: 'How many customers the whole list has.' })
  readonly totalCount: number;

  constructor(page: Page<Customer>) {
    this.edges = page.items.map((customer) => new CustomerEdgeObject(customer));
    this.pageInfo = new PageInfoObject(
      page,
      this.edges.map((edge) => edge.cursor),
    );
    this.totalCount = page.totalCount;
  }

  @Field(() => [CustomerObject], { description: 'The customers of this page.' })
  get nodes(): CustomerObject[] {
    return this.edges.map((edge) => edge.node);
  }
}
