import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { TemporaryFolder } from '../support/command.js';
import { ConfiguredFolder } from '../support/configured-folder.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { freePort } from '../support/free-port.js';
import { entryOf } from '../support/keys.js';
import { findProgram, needing } from '../support/programs.js';

interface Rules {
  groups: { rules: { alert: string; expr: string; for?: string }[] }[];
}

interface Alert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly state: string;
}

const prometheus = findProgram('prometheus');

/** How long an alert may take to come or go, in milliseconds. */
const PATIENCE_MS = 60_000;

/** How much shorter the waits of the rules are in this test, and what is left of each at least, in seconds. */
const HASTE = 1_800;
const SHORTEST_RANGE = 3;

/** The rules with shorter waits: an hour is two seconds. Nothing else is changed. */
function hastened(text: string): string {
  const seconds = (duration: string): number => {
    const [, count = '', unit = ''] = /^(\d+)([smh])$/.exec(duration) ?? [];
    return Number(count) * { s: 1, m: 60, h: 3600 }[unit as 's' | 'm' | 'h'];
  };
  const rules = parse(text) as Rules;
  for (const rule of rules.groups.flatMap((group) => group.rules)) {
    if (rule.for !== undefined) rule.for = `${Math.ceil(seconds(rule.for) / HASTE)}s`;
    rule.expr = rule.expr.replaceAll(
      /\[(\w+)\]/g,
      (_, range: string) => `[${Math.max(SHORTEST_RANGE, Math.ceil(seconds(range) / HASTE))}s]`,
    );
  }
  return stringify(rules);
}

/** A Prometheus that scrapes one gateway four times a second, and evaluates the delivered rules, hastened. */
class Prometheus implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #folder: TemporaryFolder;
  readonly #url: string;
  #output = '';

  private constructor(process: ChildProcess, folder: TemporaryFolder, url: string) {
    this.#process = process;
    this.#folder = folder;
    this.#url = url;
    process.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#output += text));
  }

  static async start(target: string, key: string): Promise<Prometheus> {
    const folder = await TemporaryFolder.create();
    await folder.write('alerts.yaml', hastened(readFileSync('deploy/prometheus/alerts.yaml', 'utf8')));
    const delivered = parse(readFileSync('deploy/prometheus/prometheus.yaml', 'utf8')) as {
      global: object;
      scrape_configs: object[];
    };
    const config = await folder.write(
      'prometheus.yaml',
      stringify({
        ...delivered,
        global: { scrape_interval: '250ms', evaluation_interval: '250ms' },
        scrape_configs: [
          {
            ...delivered.scrape_configs[0],
            authorization: { credentials: key },
            static_configs: [{ targets: [target] }],
          },
        ],
      }),
    );
    const listen = `127.0.0.1:${await freePort()}`;
    const process = spawn(
      prometheus ?? '',
      [
        `--config.file=${config}`,
        `--storage.tsdb.path=${folder.pathOf('data')}`,
        `--web.listen-address=${listen}`,
        '--log.level=warn',
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    return new Prometheus(process, folder, `http://${listen}/api/v1`);
  }

  /** Asks again and again until the answer is as expected. @throws the last difference */
  async eventually(check: () => Promise<void>): Promise<void> {
    const end = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        await check();
        return;
      } catch (error) {
        if (performance.now() > end)
          throw new Error(`not within a minute; ${this.#output}`, { cause: error });
      }
      await pause(100);
    }
  }

  /** Alerts that fire. */
  async firing(): Promise<Alert[]> {
    const { alerts } = (await this.#get('alerts')) as { alerts: Alert[] };
    return alerts.filter(({ state }) => state === 'firing');
  }

  /** Waits until exactly these alerts fire. */
  async fires(...names: string[]): Promise<Alert[]> {
    let alerts: Alert[] = [];
    await this.eventually(async () => {
      alerts = await this.firing();
      expect(alerts.map(({ labels }) => labels['alertname']).sort()).toEqual([...names].sort());
    });
    return alerts;
  }

  /** The value of an expression that has one. */
  async value(expression: string): Promise<number | undefined> {
    const { result } = (await this.#get(`query?query=${encodeURIComponent(expression)}`)) as {
      result: { value: [number, string] }[];
    };
    return result[0] === undefined ? undefined : Number(result[0].value[1]);
  }

  /** What Prometheus says of the gateway as a target. */
  async target(): Promise<{ health: string; lastError: string } | undefined> {
    const { activeTargets } = (await this.#get('targets')) as {
      activeTargets: { health: string; lastError: string }[];
    };
    return activeTargets[0];
  }

  async #get(path: string): Promise<unknown> {
    const answer = await fetch(`${this.#url}/${path}`);
    return ((await answer.json()) as { data: unknown }).data;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#process.kill('SIGKILL');
    if (this.#process.exitCode === null && this.#process.signalCode === null)
      await once(this.#process, 'exit');
    await this.#folder[Symbol.asyncDispose]();
  }
}

describe.skipIf(prometheus === null)(needing('a gateway watched by Prometheus', { prometheus }), () => {
  it('has alerts fire while Audience Manager refuses and while the gateway is down, and end afterwards', async () => {
    const key = 'key-for-prometheus-only';
    await using place = await ConfiguredFolder.create([passwordCustomer('acme', destination(314, 3))], {
      listen: { port: await freePort() },
      freshness: { refreshEvery: '1s', ttl: '1h' },
      access: { apiKeys: [entryOf(key, 'prometheus', undefined, ['metrics'])] },
    });
    await using first = place.serve();
    const target = new URL(await first.url()).host;
    await using monitoring = await Prometheus.start(target, key);

    // Prometheus asks for OpenMetrics first, and would refuse a scrape with a mistake in it.
    const status = 'aam_gateway_destination_status{customer="acme",destination="314",status="FRESH"}';
    await monitoring.eventually(async () => {
      expect(await monitoring.target()).toMatchObject({ health: 'up', lastError: '' });
      expect(await monitoring.value(status)).toBe(1);
    });
    await monitoring.fires();
    expect(await monitoring.value('aam_gateway_storage_up')).toBe(1);
    expect(await monitoring.value('aam_gateway_ready')).toBe(1);

    const refusal = place.simulator.fault({ endpoint: 'mappings', action: { kind: 'status', status: 403 } });
    const [failing] = await monitoring.fires('AamGatewayDestinationFailing');
    expect(failing?.labels).toMatchObject({ customer: 'acme', destination: '314', severity: 'warning' });
    expect(failing?.annotations['summary']).toBe('Destination 314 of acme cannot be read');
    refusal.remove();
    await monitoring.fires();
    expect(await monitoring.value(status)).toBe(1);

    first.kill('SIGKILL');
    await first.exit;
    const [down] = await monitoring.fires('AamGatewayDown');
    expect(down?.annotations['summary']).toBe(`The gateway ${target} does not answer`);
    await using second = place.serve();
    await second.url();
    await monitoring.fires();
  }, 240_000);
});
