import { useId } from 'preact/hooks';

interface FileFieldProps {
  readonly title: string;
  readonly hint?: string;
  /** Whether a file is there already, so that the field is only for another one. */
  readonly isSmall: boolean;
  /** Whether something is dragged over the page. */
  readonly isOver: boolean;
  readonly onFiles: (files: FileList | null) => void;
}

/** A field for a file. The browser's own field is not shown, but it has the focus and the label. */
export function FileField({ title, hint, isSmall, isOver, onFiles }: FileFieldProps) {
  const id = useId();
  return (
    <div class={isSmall ? 'load-field load-field-small' : 'load-field'} data-over={isOver}>
      <input
        id={id}
        type="file"
        class="load-field-input"
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onChange={({ currentTarget }) => {
          onFiles(currentTarget.files);
          // The same file may be chosen again, after it was corrected.
          currentTarget.value = '';
        }}
      />
      <label for={id} class={isSmall ? 'button' : 'load-field-label'}>
        {!isSmall && (
          <svg class="load-field-icon" viewBox="0 0 24 24" aria-hidden="true">
            <path d="M12 16V4.5M7.5 8.5 12 4l4.5 4.5M4 15v4.5h16V15" />
          </svg>
        )}
        <span class="load-field-title">{title}</span>
      </label>
      {hint !== undefined && (
        <p id={`${id}-hint`} class={isSmall ? 'for-readers' : 'load-field-hint small muted'}>
          {hint}
        </p>
      )}
    </div>
  );
}
