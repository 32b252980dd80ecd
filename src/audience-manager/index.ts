export type { Account, PasswordAccount } from './account.js';
export { accountKey } from './account.js';
export type { CallTurns } from './call-queue.js';
export { AudienceManagerClient, type ListingMemory } from './client.js';
export type { DestinationDetails, ListedDestination } from './destination.js';
export type { DestinationList } from './destination-list.js';
export { createDispatcher } from './dispatcher.js';
export { AudienceManagerError, type AudienceManagerErrorCode } from './errors.js';
export { fetchBy, loadFetch } from './fetch.js';
export { Http } from './http.js';
export { ByteBudget, type BudgetParts } from './byte-budget.js';
export { inlineJoiner, joinPages, type Listing, type PageJoiner, type ReadListing } from './listing.js';
export { parseMappingsPage, type MappingsPage } from './mappings-page.js';
export type { LogInLedger, LogInState } from './log-ins.js';
export type { MappingStatus } from './mapping.js';
export type { OutboundHistory, OutboundJob, OutboundPeriod } from './outbound-history.js';
export { PRIORITIES, RefreshPriority, type Priority } from './priority.js';
export {
  openSender,
  type HttpRequest,
  type PageBody,
  type SendLimits,
  type SendResult,
  type Sender,
  type SenderOptions,
} from './sender.js';
export { tracedSender } from './traced-sender.js';
export { Tokens } from './tokens.js';
export type { SharedToken, TokenVault } from './token-vault.js';
