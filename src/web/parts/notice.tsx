import type { ComponentChildren } from 'preact';

interface NoticeProps {
  /** `bad`: something failed. `warn`: something needs attention. `calm`: there is nothing to show. */
  readonly kind: 'bad' | 'warn' | 'calm';
  readonly title: string;
  /** What it means, and what to do. */
  readonly children?: ComponentChildren;
}

/** A message in the place of content, or above it. */
export function Notice({ kind, title, children }: NoticeProps) {
  return (
    <div class={`notice notice-${kind}`} role={kind === 'bad' ? 'alert' : 'status'}>
      <p class="notice-title">{title}</p>
      {children}
    </div>
  );
}
