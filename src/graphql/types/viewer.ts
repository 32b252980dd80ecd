import { Field, Int, ObjectType } from 'type-graphql';
import type { Permission } from '../../config/index.js';
import type { Caller } from '../request/caller.js';

/** GraphQL type Viewer. */
@ObjectType('Viewer', {
  description: 'The caller, as the gateway knows it by its API key or token.',
  simpleResolvers: true,
})
export class ViewerObject {
  readonly #caller: Caller;

  @Field(() => Int, { description: 'Number of customers that the caller may see.' })
  readonly customerCount: number;

  constructor(caller: Caller, customerCount: number) {
    this.#caller = caller;
    this.customerCount = customerCount;
  }

  @Field(() => String, {
    description:
      'The name of the API key or token, as the gateway logs it; `anyone` if access control is not configured.',
  })
  get name(): string {
    return this.#caller.name;
  }

  @Field(() => [String], {
    description: 'What the caller may do: some of `read`, `refresh`, `import`, `metrics` and `explore`.',
  })
  get permissions(): readonly Permission[] {
    return this.#caller.permissions;
  }
}
