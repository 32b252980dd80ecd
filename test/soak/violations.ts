import { inspect } from 'node:util';

/** Something that must never happen. */
export interface Violation {
  /** What must hold, as a sentence. */
  readonly invariant: string;
  /** Where: gateway, request, segment. */
  readonly where: string;
  /** What was answered or observed. */
  readonly answer: unknown;
  /** What the model has of it. */
  readonly model: unknown;
  /** The step of the run. */
  readonly step: number;
}

/** Collects what must never happen, the first ones of each kind in full. */
export class Violations {
  readonly #found = new Map<string, { readonly first: Violation; count: number }>();
  readonly #onFirst: (report: string) => void;

  /** @param onFirst called with the first violation of each kind, for people */
  constructor(onFirst: (report: string) => void) {
    this.#onFirst = onFirst;
  }

  get isEmpty(): boolean {
    return this.#found.size === 0;
  }

  /** Number of violations of all kinds. */
  get count(): number {
    return [...this.#found.values()].reduce((sum, { count }) => sum + count, 0);
  }

  add(violation: Violation): void {
    const found = this.#found.get(violation.invariant);
    if (found !== undefined) {
      found.count += 1;
      return;
    }
    this.#found.set(violation.invariant, { first: violation, count: 1 });
    this.#onFirst(describe(violation, 1));
  }

  /** What was found, for people. */
  report(): string {
    return [...this.#found.values()].map(({ first, count }) => describe(first, count)).join('\n\n');
  }
}

function describe({ invariant, where, answer, model, step }: Violation, count: number): string {
  return [
    `VIOLATED ${count === 1 ? 'once' : `${count} times, first`} in step ${step}: ${invariant}`,
    `  ${where}`,
    `  answer: ${indented(answer)}`,
    `  model:  ${indented(model)}`,
  ].join('\n');
}

function indented(value: unknown): string {
  const text = inspect(value, { depth: 6, breakLength: 110, maxArrayLength: 12, maxStringLength: 600 });
  return text.replaceAll('\n', '\n          ');
}
