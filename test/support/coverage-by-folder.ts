import { dirname, relative } from 'node:path';
import type { Reporter } from 'vitest/node';

/** Kinds of code that coverage counts, in the order of the table's columns. */
const KINDS = ['statements', 'branches', 'functions', 'lines'] as const;

interface Count {
  covered: number;
  total: number;
}

type Counts = Record<(typeof KINDS)[number], Count>;

/** The part of istanbul-lib-coverage's `CoverageMap` that is used here. */
interface CoverageMap {
  files(): string[];
  fileCoverageFor(file: string): { toSummary(): Readonly<Counts> };
}

/** Vitest reporter that prints one line of coverage for each folder below src/, and one for all. */
export default class CoverageByFolder implements Reporter {
  onCoverage(coverage: unknown): void {
    const map = coverage as CoverageMap;
    const folders = new Map<string, Counts>();
    for (const file of map.files().sort()) {
      const summary = map.fileCoverageFor(file).toSummary();
      for (const folder of [dirname(relative('.', file)), 'all']) add(folders, folder, summary);
    }
    const width = Math.max(...[...folders.keys()].map(({ length }) => length));
    const line = (name: string, cells: readonly string[]): string =>
      [name.padEnd(width), ...cells.map((cell) => cell.padStart(11))].join('');
    const lines = [...folders]
      .sort(([one], [two]) => Number(one === 'all') - Number(two === 'all') || one.localeCompare(two))
      .map(([folder, counts]) =>
        line(
          folder,
          KINDS.map((kind) => percentage(counts[kind])),
        ),
      );
    process.stdout.write(`\n${[line('', KINDS), ...lines].join('\n')}\n`);
  }
}

function add(folders: Map<string, Counts>, folder: string, summary: Readonly<Counts>): void {
  const counts = folders.get(folder) ?? {
    statements: { covered: 0, total: 0 },
    branches: { covered: 0, total: 0 },
    functions: { covered: 0, total: 0 },
    lines: { covered: 0, total: 0 },
  };
  for (const kind of KINDS) {
    counts[kind].covered += summary[kind].covered;
    counts[kind].total += summary[kind].total;
  }
  folders.set(folder, counts);
}

function percentage({ covered, total }: Count): string {
  return total === 0 ? '-' : `${((100 * covered) / total).toFixed(1)} %`;
}
