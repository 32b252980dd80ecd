import { Field, Int, ObjectType } from 'type-graphql';
import type { Customer, Page } from '../../directory/index.js';
import { customerCursor } from '../cursors.js';
import { CustomerObject } from './customer.js';
import { PageInfoObject } from './page-info.js';

/** GraphQL type CustomerEdge, a Relay edge. */
@ObjectType('CustomerEdge', { description: 'A customer in a list, with its cursor.', simpleResolvers: true })
class CustomerEdgeObject {
  @Field(() => String, { description: 'Pass this as `after` to get the items that follow this one.' })
  readonly cursor: string;

  @Field(() => CustomerObject, { description: 'The customer.' })
  readonly node: CustomerObject;

  constructor(customer: Customer) {
    this.cursor = customerCursor(customer);
    this.node = new CustomerObject(customer);
  }
}

/** GraphQL type CustomerConnection, a Relay connection. */
@ObjectType('CustomerConnection', {
  description: 'A page of a list of customers, sorted by name, then ID.',
  simpleResolvers: true,
})
export class CustomerConnectionObject {
  @Field(() => [CustomerEdgeObject], { description: 'The customers on this page, with their cursors.' })
  readonly edges: readonly CustomerEdgeObject[];

  @Field(() => PageInfoObject, { description: 'The position of this page in the list.' })
  readonly pageInfo: PageInfoObject;

  @Field(() => Int, { description: 'Number of customers in the whole list.' })
  readonly totalCount: number;

  constructor(page: Page<Customer>) {
    this.edges = page.items.map((customer) => new CustomerEdgeObject(customer));
    this.pageInfo = new PageInfoObject(page, this.edges);
    this.totalCount = page.totalCount;
  }

  @Field(() => [CustomerObject], { description: 'The customers on this page.' })
  get nodes(): CustomerObject[] {
    return this.edges.map((edge) => edge.node);
  }
}
