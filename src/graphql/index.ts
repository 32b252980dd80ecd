// Before the classes in types/: type-graphql's decorators need this polyfill.
import 'reflect-metadata';
export { Admission, type OperationRequest } from './limits/admission.js';
export { idMistake } from './arguments.js';
export { createApolloServer, recordRequest } from './apollo.js';
export { ANYONE, callerOf, type Caller } from './request/caller.js';
export type { AuditEntry, GatewayContext, OperationRecord } from './request/context.js';
export { Deadline } from './request/deadline.js';
export { DestinationLoader } from './request/destination-loader.js';
export { codeOfError, failureOf, refusal, unauthenticated, type ErrorCode } from './request/errors.js';
export { FastResponder, type FastResponse } from './fast/fast-responder.js';
export { DEFAULT_SAMPLES, SANDBOX_ORIGINS, type SampleOperation } from './sandbox.js';
export { createSchema } from './schema.js';
export { inspectDocuments } from './trusted-documents.js';
