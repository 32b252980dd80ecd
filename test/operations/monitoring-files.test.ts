import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { Metrics } from '../../src/telemetry/metrics.js';
import { anchorsOf } from '../docs/markdown.js';
import { destination, passwordCustomer } from '../support/customers.js';
import { TestGateway } from '../support/gateway.js';
import { findProgram, needing } from '../support/programs.js';
import { usesOf } from './promql.js';

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface RuleTest {
  readonly name: string;
  readonly promql_expr_test: readonly { readonly exp_samples: readonly { readonly labels: string }[] }[];
}

interface Panel {
  readonly title: string;
  readonly type: string;
  readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly type: string; readonly definition?: string }[] };
  readonly annotations: { readonly list: readonly { readonly expr: string }[] };
}

interface Compose {
  readonly services: Readonly<
    Record<string, { readonly profiles?: readonly string[]; readonly volumes?: readonly string[] }>
  >;
}

const run = promisify(execFile);
const promtool = findProgram('promtool');
const read = (path: string): unknown => parse(readFileSync(path, 'utf8')) as unknown;

const PROMETHEUS = 'deploy/prometheus';
const { groups } = read(`${PROMETHEUS}/alerts.yaml`) as { groups: readonly { rules: readonly Rule[] }[] };
const RULES = groups.flatMap(({ rules }) => rules);
const { tests: TESTS } = read(`${PROMETHEUS}/alerts.test.yaml`) as { tests: readonly RuleTest[] };
const DASHBOARD = read('deploy/grafana/dashboard.json') as Dashboard;

/** The names of all series of a gateway, with their labels. */
function seriesOf(metrics: Metrics): ReadonlyMap<string, ReadonlySet<string>> {
  const all = metrics.registry.getMetricsAsArray() as unknown as {
    name: string;
    type: string;
    labelNames: string[];
  }[];
  return new Map(
    all.flatMap(({ name, type, labelNames }): [string, Set<string>][] => {
      const labels = [...labelNames, 'instance', 'job'];
      if (type !== 'histogram') return [[name, new Set(labels)]];
      return [
        [`${name}_bucket`, new Set([...labels, 'le'])],
        [`${name}_sum`, new Set(labels)],
        [`${name}_count`, new Set(labels)],
      ];
    }),
  );
}

/** Series that Prometheus itself makes. */
const OF_PROMETHEUS = new Map([
  ['up', new Set(['instance', 'job'])],
  ['ALERTS', new Set(['alertname', 'alertstate'])],
]);

const SERIES = new Map([...seriesOf(new Metrics()), ...OF_PROMETHEUS]);

/** What of an expression does not exist. */
function mistakesIn(expression: string): string[] {
  const { series, chosenBy, groupedBy } = usesOf(expression);
  const labels = new Set(series.flatMap((name) => [...(SERIES.get(name) ?? [])]));
  return [
    ...(series.length === 0 ? ['no series'] : []),
    ...series.filter((name) => !SERIES.has(name)),
    ...chosenBy.filter(({ series: name, label }) => !SERIES.get(name)?.has(label)).map(({ label }) => label),
    ...groupedBy.filter((label) => !labels.has(label)),
  ];
}

describe('the check of expressions', () => {
  it('finds metrics and labels that do not exist', () => {
    expect(
      mistakesIn('sum by (instance) (rate(aam_gateway_lookups_total{outcome="failed"}[5m])) > 0.1'),
    ).toEqual([]);
    expect(mistakesIn('rate(aam_gateway_lookup_total[5m])')).toEqual(['aam_gateway_lookup_total']);
    expect(mistakesIn('aam_gateway_lookups_total{reason="x"}')).toEqual(['reason']);
    expect(mistakesIn('sum by (customer) (aam_gateway_lookups_total)')).toEqual(['customer']);
    expect(mistakesIn('time() > 0')).toEqual(['no series']);
  });
});

describe.each(RULES.map((rule) => [rule.alert, rule] as const))('the alert %s', (name, rule) => {
  it('is made of metrics that there are', () => {
    expect(mistakesIn(rule.expr)).toEqual([]);
  });

  it('says what happens, and where the runbook is', () => {
    const { summary = '', description = '', runbook_url: runbook = '' } = rule.annotations;
    expect(summary).toMatch(/^.{15,100}$/);
    expect(description).toMatch(/^.{20,200}\.$/);
    expect(['critical', 'warning']).toContain(rule.labels['severity']);
    const [file = '', anchor = ''] = runbook.split('#');
    expect(anchorsOf({ file, text: readFileSync(file, 'utf8') })).toContain(anchor);
    expect(anchor).toBe(name.toLowerCase());
  });

  it('is tested, and has the labels that its texts name', () => {
    const test = TESTS.find((each) => each.name === name);
    const samples = test?.promql_expr_test.map(({ exp_samples: expected }) => expected) ?? [];
    expect(samples.map((expected) => expected.length)).toEqual([0, 1, 0]);
    const labels = new Set(
      [...(samples[1]?.[0]?.labels ?? '').matchAll(/(\w+)=/g)].map(([, label]) => label),
    );
    const text = Object.values(rule.annotations).join(' ');
    const named = [...text.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label);
    expect(named.filter((label) => !labels.has(label))).toEqual([]);
  });
});

describe('the runbook', () => {
  it('has an entry for each alert, and no others', () => {
    const page = readFileSync('docs/operations.md', 'utf8');
    const headings = [...page.matchAll(/^### (AamGateway\w+)$/gm)].map(([, name]) => name);
    expect(headings).toEqual(expect.arrayContaining(RULES.map(({ alert }) => alert)));
    expect(headings).toHaveLength(RULES.length);
    for (const section of page.split(/^### AamGateway/m).slice(1)) {
      const parts = [...section.matchAll(/^- \*\*(.*?):\*\*/gm)].map(([, part]) => part);
      expect(parts.slice(0, 4)).toEqual(['Means', 'Users notice', 'Look at', 'Do']);
    }
  });
});

describe('the dashboard', () => {
  const panels = DASHBOARD.panels.filter(({ type }) => type !== 'row');

  it.each(panels.map((panel) => [panel.title, panel] as const))(
    'shows in “%s” metrics that there are',
    (_, panel) => {
      expect(panel.targets?.length).toBeGreaterThan(0);
      expect(panel.targets?.flatMap(({ expr }) => mistakesIn(expr))).toEqual([]);
    },
  );

  it('has variables and annotations of metrics that there are', () => {
    const { templating, annotations } = DASHBOARD;
    const queries = templating.list
      .filter(({ type }) => type === 'query')
      .map(({ definition = '' }) => definition);
    expect(queries).toHaveLength(2);
    for (const query of queries) {
      const [, series = '', label = ''] = /^label_values\((\w+), (\w+)\)$/.exec(query) ?? [];
      expect([...(SERIES.get(series) ?? [])]).toContain(label);
    }
    expect(annotations.list.flatMap(({ expr }) => mistakesIn(expr))).toEqual([]);
  });

  it('shows every metric of the gateway', () => {
    const shown = new Set(
      panels.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => usesOf(expr).series)),
    );
    const own = [...SERIES.keys()].filter((name) => /^aam_gateway_(?!.*_(sum|count)$)/.test(name));
    expect(own.filter((name) => !shown.has(name)).sort()).toEqual([
      'aam_gateway_config_last_reload_successful',
      'aam_gateway_config_last_reload_timestamp_seconds',
      'aam_gateway_discoveries_total',
      'aam_gateway_history_removed_total',
      'aam_gateway_snapshot_age_seconds',
      'aam_gateway_snapshot_segments',
      'aam_gateway_unstored_listings',
    ]);
  });
});

describe('compose.yaml', () => {
  const { services } = read('compose.yaml') as Compose;

  it('starts Prometheus and Grafana with the profile monitoring only, from files that there are', () => {
    const monitoring = Object.entries(services).filter(([, { profiles }]) =>
      profiles?.includes('monitoring'),
    );
    expect(monitoring.map(([name]) => name)).toEqual(['prometheus', 'grafana']);
    const mounted = monitoring
      .flatMap(([, { volumes = [] }]) => volumes)
      .map((volume) => volume.split(':')[0] ?? '');
    const files = mounted.filter((path) => path.startsWith('.'));
    expect(files).toHaveLength(3);
    expect(files.filter((path) => !existsSync(path))).toEqual([]);
  });

  it('has Grafana find Prometheus and the dashboard', () => {
    const folder = 'deploy/grafana/provisioning';
    const { datasources } = read(join(folder, 'datasources/prometheus.yaml')) as {
      datasources: { url: string }[];
    };
    expect(datasources.map(({ url }) => url)).toEqual(['http://prometheus:9090']);
    const { providers } = read(join(folder, 'dashboards/gateway.yaml')) as {
      providers: { options: { path: string } }[];
    };
    const path = providers[0]?.options.path ?? '';
    expect(services['grafana']?.volumes?.join(' ')).toContain(`dashboard.json:${path}/dashboard.json:ro`);
  });

  it('has Prometheus scrape the gateways that it starts', () => {
    const config = read(`${PROMETHEUS}/prometheus.yaml`) as {
      scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
    };
    const [job] = config.scrape_configs;
    expect(job?.job_name).toBe('aam-gateway');
    const hosts = job?.static_configs
      .flatMap(({ targets }) => targets)
      .map((target) => target.split(':')[0] ?? '');
    expect(hosts).toEqual(['gateway-1', 'gateway-2']);
    expect(Object.keys(services)).toEqual(expect.arrayContaining(hosts ?? []));
  });
});

describe.skipIf(promtool === null)(needing('promtool', { promtool }), () => {
  const check = async (args: string[], cwd = PROMETHEUS): Promise<string> => {
    const { stdout, stderr } = await run(promtool ?? '', args, { cwd });
    return stdout + stderr;
  };

  it('accepts the rules and the configuration of Prometheus', async () => {
    expect(await check(['check', 'config', 'prometheus.yaml'])).toContain(`${RULES.length} rules found`);
  });

  it('sees each alert fire and end when it should', async () => {
    expect(await check(['test', 'rules', 'alerts.test.yaml'])).toContain('SUCCESS');
  });

  it('finds nothing to say about the metrics of a gateway', async () => {
    await using gateway = await TestGateway.start({
      simulated: [
        passwordCustomer('acme', destination(314, 3)),
        passwordCustomer('say "hi"\\', destination(9, 1)),
      ],
    });
    const names =
      '{ segments(customerId: "acme", destinationId: "314", segmentIds: ["1001", "9"]) { name } }';
    expect((await gateway.query(names)).data).toMatchObject({ segments: [{ name: 'Segment 1' }, null] });
    const text = await (await gateway.fetch('/metrics')).text();
    expect(text).toContain('aam_gateway_lookups_total{outcome="fresh"} 1');
    expect(text.split('\n').length).toBeGreaterThan(300);
    const checking = run(promtool ?? '', ['check', 'metrics']);
    checking.child.stdin?.end(text);
    const { stdout, stderr } = await checking;
    expect(stdout + stderr).toBe('');
  });
});
