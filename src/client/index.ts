export { createClient } from './create-client.js';
export { NamesError, type NamesErrorCode } from './errors.js';
export { LOOK_UP_NAMES } from './operation.js';
export type * from './types.js';
