export { createApolloServer } from './apollo.js';
export { ANYONE, type Caller, type Permission } from './caller.js';
export type { GatewayContext, OperationRecord } from './context.js';
export { DestinationLoader } from './destination-loader.js';
export type { ErrorCode } from './errors.js';
export { GENERAL_SAMPLES, SANDBOX_ORIGINS, type SampleOperation } from './sandbox.js';
export { createSchema } from './schema.js';
