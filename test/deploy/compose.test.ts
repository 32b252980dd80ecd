import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { RunningCommand, TemporaryFolder } from '../support/command.js';
import { Balancer, NGINX } from '../operations/balancers.js';
import { postgresDatabase, postgresServer } from '../storage/support.js';
import { freePorts } from '../support/free-port.js';
import { mayBeMissing, needing } from '../support/programs.js';

interface Service {
  readonly image: string;
  readonly build?: string;
  readonly command?: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly privileged?: boolean;
  readonly user?: string;
  readonly ports?: readonly string[];
  readonly networks?: { readonly default: { readonly ipv4_address: string } };
}

const { services, networks } = parse(readFileSync('compose.yaml', 'utf8'), { merge: true }) as {
  readonly services: Readonly<Record<string, Service>>;
  readonly networks: {
    readonly default: { readonly ipam: { readonly config: readonly { readonly subnet: string }[] } };
  };
};

const CONFIG = readFileSync('compose/gateway.yaml', 'utf8');

describe('compose.yaml', () => {
  it.each(Object.entries(services))('gives %s no rights that it does not need', (_, service) => {
    expect(service).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
    expect(service.privileged).toBeUndefined();
  });

  it('pins each image that it does not build by the digest, and says its version', () => {
    const foreign = Object.values(services).filter(({ build }) => build === undefined);
    expect(foreign).toHaveLength(4);
    for (const { image } of foreign) expect(image).toMatch(/:v?\d+\.\d+(\.\d+)?(-\w+)?@sha256:[\da-f]{64}$/);
  });

  it('publishes ports to this machine only', () => {
    const ports = Object.values(services).flatMap((service) => service.ports ?? []);
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  it('has the gateways trust the load balancer, and nobody else, to say who a caller is', () => {
    const { listen } = parse(CONFIG) as { listen: { trustProxy: string[] } };
    const address = services['load-balancer']?.networks?.default.ipv4_address ?? '';
    expect(listen.trustProxy).toEqual([address]);
    const [{ subnet } = { subnet: '' }] = networks.default.ipam.config;
    expect(address.startsWith(subnet.replace(/0\/24$/, ''))).toBe(true);
    expect(readFileSync('deploy/nginx.conf', 'utf8')).toContain(
      'proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
    );
  });
});

describe.skipIf(postgresServer === null || mayBeMissing(NGINX))(
  needing('the services of compose.yaml', { PostgreSQL: postgresServer === null ? null : '', nginx: NGINX }),
  () => {
    it('work together: two gateways, the load balancer, the database and the simulated Audience Manager', async () => {
      await using folder = await TemporaryFolder.create();
      const { config } = await postgresDatabase();
      const [upstreamPort = 0, balancerPort = 0, ...ports] = await freePorts(4);
      const simulate = services['audience-manager']?.command ?? [];
      await using upstream = new RunningCommand([...simulate.slice(0, -4), '--port', String(upstreamPort)]);
      await upstream.prints(/127\.0\.0\.1:\d+/);
      const env = {
        DATABASE_URL: config.engine === 'postgres' ? config.url : '',
        TOKEN_ENCRYPTION_KEY: 'sample-key-that-is-for-trying-out-only',
      };
      const start = async (port: number): Promise<RunningCommand> => {
        const text = CONFIG.replaceAll('audience-manager:4001', `127.0.0.1:${upstreamPort}`)
          .replace('172.31.250.2', '127.0.0.1')
          .replace('0.0.0.0', '127.0.0.1')
          .replace('port: 4000', `port: ${port}`);
        const file = await folder.write(`gateway-${port}.yaml`, text);
        const command = (services['gateway-1']?.command ?? []).map((word) => word.replace(/^\/etc.*/, file));
        const gateway = new RunningCommand(command, env);
        await gateway.url();
        return gateway;
      };
      await using first = await start(ports[0]!);
      await using second = await start(ports[1]!);
      await using balancer = await Balancer.nginx(balancerPort, ports);
      const query = '{ segments(customerId: "acme", destinationId: "314", segmentIds: ["80920"]) { label } }';
      const ask = async (): Promise<unknown> => {
        const headers = { 'content-type': 'application/json' };
        const answer = await fetch(balancer.url, {
          method: 'POST',
          headers,
          body: JSON.stringify({ query }),
        });
        return await answer.json();
      };
      for (let times = 0; times < 4; times++) {
        expect(await ask()).toEqual({
          data: { segments: [{ label: expect.stringContaining('Cart') as string }] },
        });
      }
      // Each gateway says its own metrics to who reaches it, and none of them through the load balancer.
      for (const port of ports) expect((await fetch(`http://127.0.0.1:${port}/metrics`)).status).toBe(200);
      expect((await fetch(new URL('/metrics', balancer.url))).status).toBe(404);
      for (const gateway of [first, second]) {
        gateway.kill('SIGTERM');
        expect(await gateway.exit).toEqual({ code: 0, signal: null });
      }
    }, 60_000);
  },
);
