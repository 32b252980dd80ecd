export { Authenticator } from './access/authenticator.js';
export { Server, type ServerOptions } from './server.js';
