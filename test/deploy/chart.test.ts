import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, symlink } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { Ajv } from 'ajv';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { compile } from '../clients/compile.js';
import { TemporaryFolder, runCommand } from '../support/command.js';
import { blocksOf } from '../docs/markdown.js';
import { findProgram, mayBeMissing, needing } from '../support/programs.js';
import {
  CHART,
  ChartRenderer,
  GO,
  KINDS,
  SPRIG,
  type KubernetesObject,
  type Rendered,
  type Values,
} from './chart-renderer.js';

const run = promisify(execFile);

const SETS = ['postgres', 'sqlite', 'small'] as const;

const helm = findProgram('helm');

/** The values that the documentation prints. */
const DOCUMENTED = parse(
  blocksOf({ file: 'docs/deploy.md', text: readFileSync('docs/deploy.md', 'utf8') }).find(({ text }) =>
    text.startsWith('image:'),
  )?.text ?? '',
) as Values;

/** The keys of the Secrets that the documentation creates, beside those of environment variables. */
const SECRET_FILES = ['aam-partner/client-id', 'aam-partner/client-secret', 'aam-customers/acme'];

const valuesOf = (set: string): Values =>
  set === 'docs/deploy.md'
    ? DOCUMENTED
    : (parse(readFileSync(join(CHART, `ci/${set}-values.yaml`), 'utf8')) as Values);

describe('the chart', () => {
  it('has the version of the package', () => {
    const chart = parse(readFileSync(join(CHART, 'Chart.yaml'), 'utf8')) as Record<string, string>;
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect([chart['version'], chart['appVersion']]).toEqual([version, version]);
  });

  it('gives a pod longer to stop than the gateway takes', () => {
    const values = parse(readFileSync(join(CHART, 'values.yaml'), 'utf8')) as Record<string, unknown>;
    expect(values['terminationGracePeriodSeconds']).toBeGreaterThan(25);
  });
});

describe.skipIf(helm === null)(needing('Helm', { helm }), () => {
  it.each(SETS)('finds nothing wrong with the values %s', async (set) => {
    const args = ['lint', '--strict', CHART, '--values', join(CHART, `ci/${set}-values.yaml`)];
    expect((await run(helm ?? '', args)).stdout).toContain('0 chart(s) failed');
  });
});

describe.skipIf(mayBeMissing(GO, SPRIG))(
  needing('the rendered chart', { go: GO, 'the library Sprig': SPRIG }),
  { timeout: 60_000 },
  () => {
    let folder: TemporaryFolder;
    let renderer: ChartRenderer;
    let all: ReadonlyMap<string, Rendered>;

    beforeAll(async () => {
      folder = await TemporaryFolder.create();
      renderer = await ChartRenderer.build(folder);
      all = new Map([...SETS, 'docs/deploy.md'].map((set) => [set, render(valuesOf(set))]));
    }, 300_000);

    afterAll(async () => {
      await folder[Symbol.asyncDispose]();
    });

    const render = (values: unknown): Rendered => renderer.render(values);

    const objectsOf = (set: string, kind: string): readonly KubernetesObject[] =>
      all.get(set)!.objects.filter((object) => object.kind === kind);

    it.each([
      [
        'postgres',
        [
          'ConfigMap',
          'ConfigMap',
          'Deployment',
          'HorizontalPodAutoscaler',
          'Ingress',
          'Job',
          'NetworkPolicy',
          'PodDisruptionBudget',
          'Service',
          'ServiceAccount',
          'ServiceMonitor',
        ],
      ],
      ['sqlite', ['ConfigMap', 'Deployment', 'PersistentVolumeClaim', 'Service', 'ServiceAccount']],
      ['small', ['ConfigMap', 'Deployment', 'PodDisruptionBudget', 'Service', 'ServiceAccount']],
      [
        'docs/deploy.md',
        ['ConfigMap', 'Deployment', 'PodDisruptionBudget', 'Service', 'ServiceAccount', 'ServiceMonitor'],
      ],
    ] as const)(
      'has with the values %s what they ask for, as the schemas of Kubernetes say',
      (set, kinds) => {
        const { objects } = all.get(set)!;
        expect(objects.map(({ kind }) => kind).sort()).toEqual(kinds);
        for (const object of objects) {
          const [Kind] = KINDS[object.kind];
          const { apiVersion, kind } = new Kind({} as never);
          expect([object.apiVersion, object.kind]).toEqual([apiVersion, kind]);
          expect(() => new Kind(object as never).validate()).not.toThrow();
        }
      },
    );

    it('has no field that Kubernetes does not know', async () => {
      const objects = [...all.values()].flatMap((rendered) => rendered.objects);
      const text = objects
        .map((object, index) => {
          const [, module] = KINDS[object.kind];
          return `export const object${index}: import('${module}').I${object.kind} = ${JSON.stringify(object)};`;
        })
        .join('\n');
      expect(await mistakesIn(text)).toBe('');
      const misspelt = text.replaceAll('"readinessProbe"', '"readynessProbe"');
      expect(await mistakesIn(misspelt)).toContain('readynessProbe');
    });

    /** What the TypeScript compiler says of objects with the types of Kubernetes. */
    async function mistakesIn(source: string): Promise<string> {
      await using place = await TemporaryFolder.create();
      await symlink(resolve('node_modules'), place.pathOf('node_modules'));
      await place.write('objects.ts', source);
      const compilerOptions = {
        strict: true,
        noEmit: true,
        skipLibCheck: true,
        module: 'NodeNext',
        types: [],
      };
      await place.write('tsconfig.json', JSON.stringify({ compilerOptions, files: ['objects.ts'] }));
      return await compile(place.path);
    }

    /** The variables of a Secret. */
    const ENVIRONMENTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
      'gateway-environment': {
        DATABASE_URL: 'postgres://gateway:password@postgres/names',
        TOKEN_ENCRYPTION_KEY: 'a key of at least thirty-two characters',
        REPORTING_UI_SHA256: 'a'.repeat(64),
        PROMETHEUS_SHA256: 'b'.repeat(64),
      },
      'gateway-owner-environment': { DATABASE_URL: 'postgres://owner:password@postgres/names' },
    };

    /** What a container finds in its environment: of two Secrets with the same key, Kubernetes takes the last one. */
    function environmentOf(object?: KubernetesObject): Record<string, string> {
      const [container] = object?.spec?.template?.spec.containers ?? [];
      const sources = (container?.['envFrom'] ?? []) as { secretRef: { name: string } }[];
      return Object.assign({}, ...sources.map(({ secretRef }) => ENVIRONMENTS[secretRef.name])) as Record<
        string,
        string
      >;
    }

    /** Runs `config validate` with what a container is given. */
    async function validated(set: string, kind: 'Deployment' | 'Job'): ReturnType<typeof runCommand> {
      const [object] = objectsOf(set, kind);
      const [config] = objectsOf(set, 'ConfigMap');
      const text = (config?.data?.['gateway.yaml'] ?? '')
        .replaceAll('file:/secrets', `file:${folder.pathOf('secrets')}`)
        .replace('/data/', `${folder.path}/`);
      for (const name of SECRET_FILES) {
        await mkdir(dirname(folder.pathOf(`secrets/${name}`)), { recursive: true });
        await folder.write(`secrets/${name}`, 'a secret');
      }
      const file = await folder.write('gateway.yaml', text);
      return await runCommand(['config', 'validate', file], environmentOf(object));
    }

    const FINE = { code: 0, stdout: expect.stringMatching(/^OK/) as string };

    it.each([...SETS, 'docs/deploy.md'])(
      'has with the values %s a configuration that the gateway accepts',
      async (set) => {
        expect(await validated(set, 'Deployment')).toMatchObject(FINE);
      },
    );

    it('gives the job that migrates the whole configuration, with the role that owns the tables', async () => {
      expect(await validated('postgres', 'Job')).toMatchObject(FINE);
      const [job] = objectsOf('postgres', 'Job');
      expect(environmentOf(job)['DATABASE_URL']).toContain('owner');
    });

    it('runs the job where the gateways may run, with a service account that is there', () => {
      const podOf = (rendered: Rendered, kind: string): Record<string, unknown> => ({
        ...rendered.objects.find((object) => object.kind === kind)?.spec?.template?.spec,
      });
      const rendered = all.get('postgres')!;
      for (const key of ['nodeSelector', 'tolerations', 'affinity', 'priorityClassName']) {
        expect(podOf(rendered, 'Job')[key]).toEqual(valuesOf('postgres')[key]);
        expect(podOf(rendered, 'Deployment')[key]).toEqual(valuesOf('postgres')[key]);
      }
      const [job] = objectsOf('postgres', 'Job');
      expect(job?.spec?.template?.metadata).toMatchObject({
        labels: { team: 'reports' },
        annotations: { 'example.com/owner': 'reports' },
      });
      expect(podOf(rendered, 'Job')).not.toHaveProperty('serviceAccountName');
      const named = render({ ...valuesOf('postgres'), serviceAccount: { create: false, name: 'reports' } });
      expect(podOf(named, 'Job')['serviceAccountName']).toBe('reports');
    });

    it('tells Secrets apart whose names differ only by a point, or are long', () => {
      const secretFiles = ['a.b', 'a-b', 'x'.repeat(63)];
      const { objects } = render({ ...valuesOf('small'), secretFiles });
      const pod = objects.find(({ kind }) => kind === 'Deployment')?.spec?.template?.spec;
      const names = pod?.volumes.map(({ name }) => name) ?? [];
      expect([new Set(names).size, names.filter((name) => name.length > 63)]).toEqual([names.length, []]);
      expect(pod?.containers[0]?.['volumeMounts']).toContainEqual(
        expect.objectContaining({ name: 'secret-1', mountPath: '/secrets/a-b' }),
      );
    });

    it('runs pods that keep to the restricted standard of Kubernetes, and gives them no token', () => {
      const pods = SETS.flatMap((set) => [...objectsOf(set, 'Deployment'), ...objectsOf(set, 'Job')]);
      expect(pods).toHaveLength(4);
      for (const { spec } of pods) {
        const pod = spec!.template!.spec;
        expect(pod.automountServiceAccountToken).toBe(false);
        expect(pod.securityContext).toMatchObject({
          runAsNonRoot: true,
          runAsUser: 1000,
          seccompProfile: { type: 'RuntimeDefault' },
        });
        expect(pod.containers[0]?.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          readOnlyRootFilesystem: true,
          capabilities: { drop: ['ALL'] },
        });
      }
    });

    it('asks whether a pod lives and whether it is ready at different addresses', () => {
      const [deployment] = objectsOf('small', 'Deployment');
      const httpGet = (path: string): unknown => ({ path, port: 'http', scheme: 'HTTP' });
      expect(deployment?.spec?.template?.spec.containers[0]).toMatchObject({
        startupProbe: { httpGet: httpGet('/healthz') },
        livenessProbe: { httpGet: httpGet('/healthz') },
        readinessProbe: { httpGet: httpGet('/readyz'), periodSeconds: 2, failureThreshold: 1 },
      });
    });

    it('names Secrets, and has none', () => {
      const [deployment] = objectsOf('postgres', 'Deployment');
      const [job] = objectsOf('postgres', 'Job');
      const envOf = (object?: KubernetesObject): unknown =>
        object?.spec?.template?.spec.containers[0]?.['envFrom'];
      expect(envOf(deployment)).toEqual([{ secretRef: { name: 'gateway-environment' } }]);
      expect(envOf(job)).toEqual([
        { secretRef: { name: 'gateway-environment' } },
        { secretRef: { name: 'gateway-owner-environment' } },
      ]);
      const volumes = deployment?.spec?.template?.spec.volumes.map(({ name }) => name);
      expect(volumes).toEqual(['config', 'tmp', 'secret-0', 'secret-1', 'data']);
    });

    it('sends requests to the gateways and not to the job, and leaves the number of pods to the autoscaler', () => {
      const [deployment] = objectsOf('postgres', 'Deployment');
      const [job] = objectsOf('postgres', 'Job');
      const selector = deployment?.spec?.selector?.matchLabels ?? {};
      expect(deployment?.spec?.template?.metadata.labels).toMatchObject(selector);
      expect(job?.spec?.template?.metadata.labels).not.toMatchObject(selector);
      expect(deployment?.spec).not.toHaveProperty('replicas');
      expect(deployment?.spec?.template?.spec.containers[0]?.args).toEqual([
        'serve',
        '--config',
        '/etc/aam-gateway/gateway.yaml',
        '--workers',
        '2',
      ]);
    });

    it('tells Prometheus whom to trust where the gateways speak TLS', () => {
      const { config } = valuesOf('small');
      const tlsConfig = { ca: { secret: { name: 'names-tls', key: 'ca.crt' } }, serverName: 'names' };
      const { objects } = render({
        config: { ...config, listen: { tls: { cert: '/secrets/tls/tls.crt', key: '/secrets/tls/tls.key' } } },
        serviceMonitor: { enabled: true, tlsConfig },
      });
      const monitor = objects.find(({ kind }) => kind === 'ServiceMonitor');
      expect(() => new ServiceMonitor(monitor as never).validate()).not.toThrow();
      expect(monitor?.spec).toMatchObject({ endpoints: [{ scheme: 'https', tlsConfig }] });
    });

    it('stops the pod of a SQLite file before its successor starts', () => {
      const [deployment] = objectsOf('sqlite', 'Deployment');
      expect([deployment?.spec?.replicas, deployment?.spec?.strategy]).toEqual([1, { type: 'Recreate' }]);
    });

    it('replaces the pods when the configuration changes, and asks over TLS where the gateway speaks it', () => {
      const values = valuesOf('small');
      const checksum = (rendered: Rendered): string =>
        /"checksum\/config":"(\w+)"/.exec(JSON.stringify(rendered.objects))?.[1] ?? '';
      const changed = render({
        ...values,
        config: {
          ...values.config,
          listen: { tls: { cert: '/secrets/tls/tls.crt', key: '/secrets/tls/tls.key' } },
        },
      });
      expect(checksum(changed)).not.toBe(checksum(all.get('small')!));
      expect(JSON.stringify(changed.objects)).toContain('"path":"/readyz","port":"http","scheme":"HTTPS"');
      expect(changed.notes).toContain('https://names-aam-segment-gateway.default:80/graphql');
    });

    it('refuses values that would not work, and accepts the others', () => {
      const fits = new Ajv({ strict: false }).compile(
        JSON.parse(readFileSync(join(CHART, 'values.schema.json'), 'utf8')) as object,
      );
      for (const { values } of all.values()) expect([fits(values), fits.errors]).toEqual([true, null]);
      const { config } = valuesOf('small');
      const refused: Record<string, unknown> = {
        'no access control': { config: { ...config, access: null } },
        'no customers': { config: { ...config, customers: [] } },
        'an address that nobody reaches': { config: { ...config, listen: { host: '127.0.0.1' } } },
        'names that are gone with the pod': {
          config: { ...config, storage: { postgres: null, sqlite: '/tmp/x.db' } },
        },
        'two pods with one file': {
          config: { ...config, storage: { postgres: null, sqlite: '/data/x.db' } },
          persistence: { enabled: true },
        },
        'a key that there is not': { config, replicas: 3 },
        'an image that changes': { config, image: { tag: 'latest' } },
        'a text for a number': { config, replicaCount: 'three' },
        'a network policy that lets everybody in': { config, networkPolicy: { enabled: true } },
        'probes that would need a certificate': {
          config: { ...config, listen: { tls: { cert: 'c', key: 'k', clientCa: 'a' } } },
        },
        'a Prometheus that does not know whom to trust': {
          config: { ...config, listen: { tls: { cert: 'c', key: 'k' } } },
          serviceMonitor: { enabled: true },
        },
        'a job that has no volume with the file': {
          ...valuesOf('sqlite'),
          migrate: { enabled: true },
        },
        "a partner's customer without the partner's client": {
          config: { ...DOCUMENTED.config, audienceManager: null },
        },
      };
      const accepted = Object.entries(refused).filter(([, values]) => fits(render(values).values));
      expect(accepted.map(([why]) => why)).toEqual([]);
    });
  },
);
