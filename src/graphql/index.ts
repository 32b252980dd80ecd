export { Admission, type OperationRequest } from './admission.js';
export { createApolloServer } from './apollo.js';
export { ANYONE, callerOf, type Caller, type Permission } from './caller.js';
export type { AuditEntry, GatewayContext, OperationRecord } from './context.js';
export { Deadline } from './deadline.js';
export { DestinationLoader } from './destination-loader.js';
export { codeOfError, unauthenticated, type ErrorCode } from './errors.js';
export { GENERAL_SAMPLES, SANDBOX_ORIGINS, type SampleOperation } from './sandbox.js';
export { createSchema } from './schema.js';
