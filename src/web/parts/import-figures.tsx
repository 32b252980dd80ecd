import { useFormat, useTexts } from '../texts/index.js';
import './import-figures.css';

/** Number of segments and rows by what an import does with them. */
export interface Counts {
  readonly created: number;
  readonly renamed: number;
  readonly updated: number;
  readonly removed: number;
  readonly unchanged: number;
  readonly kept: number;
  readonly rejected: number;
}

const KINDS = ['created', 'renamed', 'updated', 'removed', 'unchanged', 'kept', 'rejected'] as const;

/** These are only shown where there are any. */
const RARE: ReadonlySet<string> = new Set(['removed', 'kept', 'rejected']);

/** What an import does, in figures. */
export function Figures({ counts }: { readonly counts: Counts }) {
  const { importActs } = useTexts().parts;
  const format = useFormat();
  const shown = KINDS.filter((kind) => counts[kind] > 0 || !RARE.has(kind));
  return (
    <dl class="figures" aria-label={importActs.counts.label}>
      {shown.map((kind) => (
        <div
          key={kind}
          class={`figure figure-${kind}`}
          data-zero={counts[kind] === 0}
          title={importActs.explained[kind]}
        >
          <dt>{importActs.counts[kind](counts[kind])}</dt>
          <dd>{format.number(counts[kind])}</dd>
        </div>
      ))}
    </dl>
  );
}
