export { Authenticator } from './access/authenticator.js';
export { inspectAccess } from './access/inspect-access.js';
export type { Allowances } from './access/rate-limiter.js';
export { MessageSignatures } from './access/message-signatures.js';
export type { Scrape } from './routes/metrics.js';
export { Server } from './server.js';
