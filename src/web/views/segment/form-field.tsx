import type { ComponentChildren } from 'preact';

/** What a field needs to be known by its label, hint and mistake. */
interface FieldProps {
  readonly id: string;
  readonly 'aria-invalid': boolean;
  readonly 'aria-describedby': string;
}

interface FormFieldProps {
  readonly id: string;
  readonly label: string;
  readonly hint: ComponentChildren;
  /** What is wrong with what was typed; `null`: nothing. */
  readonly mistake: string | null;
  readonly children: (field: FieldProps) => ComponentChildren;
}

/** A field with its label, a hint, and what is wrong with it. */
export function FormField({ id, label, hint, mistake, children }: FormFieldProps) {
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {label}
      </label>
      {children({
        id,
        'aria-invalid': mistake !== null,
        'aria-describedby': `${id}-mistake ${id}-hint`,
      })}
      <p id={`${id}-mistake`} class="field-mistake" role="alert">
        {mistake}
      </p>
      <p id={`${id}-hint`} class="field-hint">
        {hint}
      </p>
    </div>
  );
}
