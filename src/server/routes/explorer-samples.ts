import type { FastifyInstance } from 'fastify';
import type { SampleOperation } from '../../graphql/index.js';

/**
 * Adds `/explorer/samples.json`, the operations that the explorer offers. They contain no data, so they need no caller, and
 * are not counted.
 */
export function addExplorerSamples(server: FastifyInstance, samples: readonly SampleOperation[]): void {
  const config = { uncounted: true, quiet: true, compressed: true };
  server.get('/explorer/samples.json', { config }, () => samples);
}
