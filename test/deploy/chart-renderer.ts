import { execFile, execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { ServiceMonitor } from '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1';
import { Deployment } from 'kubernetes-models/apps/v1';
import { HorizontalPodAutoscaler } from 'kubernetes-models/autoscaling/v2';
import { Job } from 'kubernetes-models/batch/v1';
import { Ingress, NetworkPolicy } from 'kubernetes-models/networking.k8s.io/v1';
import { PodDisruptionBudget } from 'kubernetes-models/policy/v1';
import { ConfigMap, PersistentVolumeClaim, Service, ServiceAccount } from 'kubernetes-models/v1';
import { parseAllDocuments } from 'yaml';
import type { TemporaryFolder } from '../support/command.js';
import { findProgram } from '../support/programs.js';

export const CHART = 'deploy/helm/aam-segment-gateway';

export const GO = findProgram('go');

/** Where Debian puts the functions that Helm adds to Go's templates; `null` if they are not installed. */
const GO_LIBRARIES = '/usr/share/gocode';
export const SPRIG = existsSync(join(GO_LIBRARIES, 'src/github.com/Masterminds/sprig')) ? GO_LIBRARIES : null;

/** The classes of the objects that the chart may make, and where they are from. */
export const KINDS = {
  ConfigMap: [ConfigMap, 'kubernetes-models/v1'],
  Deployment: [Deployment, 'kubernetes-models/apps/v1'],
  HorizontalPodAutoscaler: [HorizontalPodAutoscaler, 'kubernetes-models/autoscaling/v2'],
  Ingress: [Ingress, 'kubernetes-models/networking.k8s.io/v1'],
  Job: [Job, 'kubernetes-models/batch/v1'],
  NetworkPolicy: [NetworkPolicy, 'kubernetes-models/networking.k8s.io/v1'],
  PersistentVolumeClaim: [PersistentVolumeClaim, 'kubernetes-models/v1'],
  PodDisruptionBudget: [PodDisruptionBudget, 'kubernetes-models/policy/v1'],
  Service: [Service, 'kubernetes-models/v1'],
  ServiceAccount: [ServiceAccount, 'kubernetes-models/v1'],
  ServiceMonitor: [ServiceMonitor, '@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1'],
} as const;

/** As much of a Kubernetes object as the tests look at. */
export interface KubernetesObject {
  readonly apiVersion: string;
  readonly kind: keyof typeof KINDS;
  readonly metadata: { readonly name: string; readonly annotations?: Readonly<Record<string, string>> };
  readonly data?: Readonly<Record<string, string>>;
  readonly spec?: {
    readonly replicas?: number;
    readonly strategy?: { readonly type: string };
    readonly selector?: { readonly matchLabels?: Readonly<Record<string, string>> };
    readonly template?: {
      readonly metadata: { readonly labels: Readonly<Record<string, string>> };
      readonly spec: PodSpec;
    };
  };
}

interface PodSpec {
  readonly automountServiceAccountToken: boolean;
  readonly terminationGracePeriodSeconds?: number;
  readonly securityContext: unknown;
  readonly containers: readonly (Readonly<Record<string, unknown>> & {
    readonly securityContext: unknown;
    readonly args: readonly string[];
  })[];
  readonly volumes: readonly { readonly name: string }[];
}

/** What a chart is given, with its defaults. */
export interface Values {
  [key: string]: unknown;
  config: { [key: string]: unknown; storage: Record<string, unknown> };
}

/** What the chart makes of values. */
export interface Rendered {
  readonly values: Values;
  readonly objects: readonly KubernetesObject[];
  readonly notes: string;
}

/** Renders the chart as Helm does, with the program in `render-chart`. */
export class ChartRenderer {
  private constructor(private readonly program: string) {}

  /** @param folder gets the program, and what its compiler keeps */
  static async build(folder: TemporaryFolder): Promise<ChartRenderer> {
    const program = folder.pathOf('render-chart');
    const args = ['build', '-o', program, resolve('test/deploy/render-chart/main.go')];
    const settings = {
      GO111MODULE: 'off',
      GOPATH: GO_LIBRARIES,
      GOCACHE: folder.pathOf('cache'),
      GOFLAGS: '',
    };
    await promisify(execFile)(GO ?? '', args, { env: { ...process.env, ...settings } });
    return new ChartRenderer(program);
  }

  /** @throws if a template fails, or makes something that is not YAML */
  render(values: unknown): Rendered {
    const input = JSON.stringify(values);
    const said = execFileSync(this.program, [CHART, 'names'], { input, encoding: 'utf8' });
    const { values: merged, texts } = JSON.parse(said) as { values: Values; texts: Record<string, string> };
    const { 'NOTES.txt': notes = '', ...templates } = texts;
    const objects = Object.values(templates)
      .flatMap((text) => parseAllDocuments(text, { strict: true }))
      .map((document) => {
        const [error] = document.errors;
        if (error !== undefined) throw error;
        return document.toJS() as KubernetesObject | null;
      });
    return { values: merged, objects: objects.filter((object) => object !== null), notes };
  }
}
