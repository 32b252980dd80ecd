export { Server, type ServerOptions } from './server.js';
