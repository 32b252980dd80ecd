import { describe, expect, it } from 'vitest';
import { Balancer, HAPROXY, NGINX } from '../operations/balancers.js';
import { freePorts } from '../support/free-port.js';
import { mayBeMissing, needing } from '../support/programs.js';

describe.each([
  ['HAProxy', HAPROXY, (...args: Parameters<typeof Balancer.haproxy>) => Balancer.haproxy(...args)],
  ['nginx', NGINX, (...args: Parameters<typeof Balancer.nginx>) => Balancer.nginx(...args)],
] as const)('the example for %s', (name, program, start) => {
  it.skipIf(mayBeMissing(program))(
    needing('gives nobody the metrics of a gateway that happens to be asked', { [name]: program }),
    async () => {
      const [port = 0, ...gateways] = await freePorts(4);
      await using balancer = await start(port, gateways);
      expect((await fetch(new URL('/metrics', balancer.url))).status).toBe(404);
      // No gateway runs.
      expect((await fetch(balancer.url)).status).toBeGreaterThanOrEqual(502);
    },
  );
});
