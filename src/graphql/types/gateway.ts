import { Field, Int, ObjectType } from 'type-graphql';
import { programVersion } from '../../base/program-files.js';
import type { LimitsConfig } from '../../config/index.js';
import { MAX_FILE_BYTES } from '../../import-export/index.js';

/** GraphQL type Gateway. */
@ObjectType('Gateway', {
  description: 'This gateway, as a client has to know it.',
  simpleResolvers: true,
})
export class GatewayObject {
  readonly #limits: Pick<LimitsConfig, 'ids' | 'first'>;

  @Field(() => Boolean, {
    description:
      'Whether callers need an API key or a token. Without access control everybody may do everything.',
  })
  readonly hasAccessControl: boolean;

  constructor(limits: Pick<LimitsConfig, 'ids' | 'first'>, hasAccessControl: boolean) {
    this.#limits = limits;
    this.hasAccessControl = hasAccessControl;
  }

  @Field(() => String, { description: 'The version of the program, such as `1.4.0`.' })
  get version(): string {
    return programVersion;
  }

  @Field(() => Int, { description: 'Maximum number of IDs that one request may look up.' })
  get maxIds(): number {
    return this.#limits.ids;
  }

  @Field(() => Int, { description: 'Maximum of `first`: number of items on a page.' })
  get maxFirst(): number {
    return this.#limits.first;
  }

  @Field(() => Int, { description: 'Maximum size of a file for `POST /import`, in bytes.' })
  get maxFileBytes(): number {
    return MAX_FILE_BYTES;
  }
}
