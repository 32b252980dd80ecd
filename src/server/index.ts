export { Authenticator } from './access/authenticator.js';
export { inspectAccess } from './access/inspect-access.js';
export { MessageSignatures } from './access/message-signatures.js';
export { Server } from './server.js';
