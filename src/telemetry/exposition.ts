import { Turns } from '../base/turns.js';

/** The two formats of metrics: that of Prometheus, and the standard that was made of it. */
export type ExpositionFormat = 'prometheus' | 'openmetrics';

/** The `content-type` of each format. */
export const EXPOSITION_TYPES: Readonly<Record<ExpositionFormat, string>> = {
  prometheus: 'text/plain; version=0.0.4; charset=utf-8',
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
};

type LabelValues = Readonly<Record<string, string | number | undefined>>;

/** What prom-client gives for one metric. Values of histograms have names of their own. */
interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly values: readonly {
    readonly labels?: LabelValues;
    readonly value: number;
    readonly metricName?: string;
  }[];
}

/** A registry of prom-client. */
interface Readable {
  getMetricsAsArray(): readonly unknown[];
}

interface ReadableMetric {
  readonly get: () => Promise<Family>;
}

/**
 * Writes all metrics of a registry in turns of a few milliseconds, so that a scrape of thousands of destinations delays no
 * lookup. prom-client's own `metrics()` writes everything at once, and writes OpenMetrics only by renaming the counters
 * for good.
 */
export class Exposition {
  readonly #registry: Readable;
  /** Labels that were written before. Most series have the same object in each scrape. */
  readonly #written = new WeakMap<LabelValues, string>();

  constructor(registry: Readable) {
    this.#registry = registry;
  }

  /** All metrics in this format. */
  async write(format: ExpositionFormat): Promise<string> {
    const isOpen = format === 'openmetrics';
    const turns = new Turns();
    const metrics = this.#registry.getMetricsAsArray() as readonly ReadableMetric[];
    // All are read in the same turn, so that they are of one moment.
    const families = (await Promise.all(metrics.map(readFamily))).flat();
    await turns.next();
    const parts: string[] = [];
    for (const { name, help, type, values } of families) {
      // In OpenMetrics, the name of a counter is that of its series without the suffix.
      const family = isOpen && type === 'counter' ? name.replace(/_total$/, '') : name;
      parts.push(
        `# HELP ${family} ${isOpen ? escapedLabel(help) : escaped(help)}\n# TYPE ${family} ${type}\n`,
      );
      for (const { metricName = name, labels, value } of values) {
        parts.push(
          `${metricName}${labels === undefined ? '' : this.#labelText(labels)} ${numberText(value)}\n`,
        );
        if (turns.isOver) await turns.next();
      }
    }
    if (isOpen) parts.push('# EOF\n');
    return parts.join('');
  }

  #labelText(labels: LabelValues): string {
    const before = this.#written.get(labels);
    if (before !== undefined) return before;
    let text = '';
    for (const [name, value] of Object.entries(labels)) {
      if (value === undefined) continue;
      // OpenMetrics asks for this form of a number; the other format has it too, so that the series are the same.
      const written = name === 'le' && Number.isInteger(value) ? `${value}.0` : String(value);
      text += `${text === '' ? '' : ','}${name}="${escapedLabel(written)}"`;
    }
    if (text !== '') text = `{${text}}`;
    this.#written.set(labels, text);
    return text;
  }
}

/** A metric that cannot be read is left out: it must not cost the others. */
async function readFamily(metric: ReadableMetric): Promise<Family[]> {
  try {
    return [await metric.get()];
  } catch {
    return [];
  }
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf';
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value);
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function escapedLabel(text: string): string {
  return escaped(text).replaceAll('"', '\\"');
}
