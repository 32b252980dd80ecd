import { Counter, type Aggregator, type Registry } from 'prom-client';

/** The labels of one series. A label that is missing is not shown. */
export type Labels<Label extends string> = Readonly<Partial<Record<Label, string>>>;

interface LabelledCounterOptions<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly Label[];
  readonly registers: Registry[];
  /** What several processes of a gateway say together. Default: the sum. */
  readonly aggregator?: Aggregator;
  /**
   * All values of some labels. When a series is born, so are those that differ from it in these labels only, at 0: the
   * first event of a series that was not there before is one that Prometheus cannot see.
   */
  readonly siblings?: Readonly<Partial<Record<Label, readonly string[]>>>;
}

interface Series<Label extends string> {
  readonly labels: Labels<Label>;
  value: number;
}

/**
 * A counter with labels. prom-client validates and sorts all labels with each increment; this one finds the series by the
 * values of its labels, because some counters are for events of every request.
 */
export class LabelledCounter<Label extends string> extends Counter<Label> {
  readonly #series = new Map<string, Series<Label>>();
  readonly #siblings: readonly (readonly [Label, readonly string[]])[];
  readonly #names: readonly Label[];

  constructor({ siblings, labelNames, ...config }: LabelledCounterOptions<Label>) {
    super({ ...config, labelNames: [...labelNames] });
    this.#names = labelNames;
    this.#siblings = Object.entries(siblings ?? {}) as [Label, readonly string[]][];
    const count = (labels: Labels<Label>, value = 1): void => {
      const key = this.#keyOf(labels);
      const series = this.#series.get(key);
      if (series !== undefined) series.value += value;
      else this.#bear(key, labels).value += value;
    };
    // prom-client's constructor sets the first one and calls the second one.
    this.inc = count as Counter<Label>['inc'];
    this.reset = () => {
      this.#series.clear();
    };
  }

  override async get(): ReturnType<Counter<Label>['get']> {
    const values = [...this.#series.values()];
    return { ...(await super.get()), values };
  }

  /** Has these series, and those of all values of the sibling labels, begin at 0. Those that exist stay. */
  bear(...all: readonly Labels<Label>[]): void {
    for (const labels of all) {
      const [sibling] = this.#withSiblings(labels);
      const key = this.#keyOf(sibling ?? labels);
      if (!this.#series.has(key)) this.#bear(key, sibling ?? labels);
    }
  }

  /** Removes the series whose labels are not wanted any more, such as those of customers that have gone. */
  retain(isWanted: (labels: Labels<Label>) => boolean): void {
    for (const [key, { labels }] of this.#series) {
      if (!isWanted(labels)) this.#series.delete(key);
    }
  }

  #bear(key: string, labels: Labels<Label>): Series<Label> {
    for (const sibling of this.#withSiblings(labels)) {
      const siblingKey = this.#keyOf(sibling);
      if (!this.#series.has(siblingKey)) this.#series.set(siblingKey, { labels: sibling, value: 0 });
    }
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { labels: { ...labels }, value: 0 };
      this.#series.set(key, series);
    }
    return series;
  }

  #withSiblings(labels: Labels<Label>): Labels<Label>[] {
    let all = [labels];
    for (const [name, values] of this.#siblings) {
      all = all.flatMap((one) => values.map((value) => ({ ...one, [name]: value })));
    }
    return all;
  }

  #keyOf(labels: Labels<Label>): string {
    let key = '';
    for (const name of this.#names) key += `${labels[name] ?? ''}\n`;
    return key;
  }
}
