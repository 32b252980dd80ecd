import type { ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface StepProps {
  readonly number: number;
  readonly title: string;
  readonly isDone: boolean;
  readonly children: ComponentChildren;
}

/** One step of loading a file. */
export function Step({ number, title, isDone, children }: StepProps) {
  const id = useId();
  return (
    <section class="load-step" data-done={isDone} aria-labelledby={id}>
      <h2 id={id} class="load-step-title">
        <span class="load-step-number" aria-hidden="true">
          {isDone ? '✓' : number}
        </span>
        {title}
      </h2>
      <div class="load-step-body stack">{children}</div>
    </section>
  );
}
