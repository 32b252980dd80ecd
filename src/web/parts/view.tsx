import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { useTexts } from '../texts/index.js';

interface ViewProps {
  /** The heading, and the title of the browser's tab. */
  readonly title: string;
  /** The heading where it is more than text. */
  readonly heading?: ComponentChildren;
  /** A sentence that says what the view is for. */
  readonly intro?: ComponentChildren;
  /** Buttons beside the heading. */
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
}

/** A view with its heading. */
export function View({ title, heading = title, intro, actions, children }: ViewProps) {
  const { shell } = useTexts();
  useEffect(() => {
    document.title = `${title} – ${shell.name}`;
  }, [title, shell]);
  return (
    <>
      <div class="view-head">
        <div>
          <h1>{heading}</h1>
          {intro !== undefined && <p class="view-intro">{intro}</p>}
        </div>
        {actions !== undefined && <div class="view-actions">{actions}</div>}
      </div>
      {children}
    </>
  );
}
