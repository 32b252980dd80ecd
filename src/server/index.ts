export { AccessControl } from './access.js';
export { Server, type ServerOptions } from './server.js';
