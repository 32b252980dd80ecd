export { Authenticator } from './access/authenticator.js';
export { Server } from './server.js';
