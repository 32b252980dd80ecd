export type { Account, PasswordAccount, ServerToServerAccount } from './account.js';
export { accountKey } from './account.js';
export { AudienceManagerClient } from './client.js';
export type { AamDestinationType, DestinationDetails } from './destination.js';
export { AudienceManagerError, type AudienceManagerErrorCode } from './errors.js';
export { Http } from './http.js';
export type { Listing } from './listing.js';
export type { Mapping, MappingStatus } from './mapping.js';
export { Tokens } from './tokens.js';
