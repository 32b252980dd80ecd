/**
 * The parts of undici that send requests, by file. Its index also loads `fetch`, WebSockets, caches and mocks, which takes
 * twice as long, at each start of a background worker.
 */
import api from 'undici/lib/api/index.js';
import Agent from 'undici/lib/dispatcher/agent.js';
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js';
import EnvHttpProxyAgent from 'undici/lib/dispatcher/env-http-proxy-agent.js';
import Pool from 'undici/lib/dispatcher/pool.js';

// As undici's index does: gives every dispatcher its methods `request` and `connect`.
Object.assign(Dispatcher.prototype, api);

export { Agent, Dispatcher, EnvHttpProxyAgent, Pool };
