export { Authenticator } from './access/authenticator.js';
export { MessageSignatures } from './access/message-signatures.js';
export { Server } from './server.js';
