import type { ComponentChildren } from 'preact';
import './trail.css';

/** A step of a trail. */
export interface TrailStep {
  readonly address: string;
  readonly text: ComponentChildren;
}

/** Leads back to what the view is a part of. */
export function Trail({ label, steps }: { readonly label: string; readonly steps: readonly TrailStep[] }) {
  return (
    <nav class="trail" aria-label={label}>
      <ol>
        {steps.map(({ address, text }) => (
          <li key={address}>
            <a href={address}>{text}</a>
          </li>
        ))}
      </ol>
    </nav>
  );
}
