import { useId } from 'preact/hooks';

interface ChoiceFieldProps {
  readonly label: string;
  readonly value: string | null;
  /** What stands for no choice; without it, there always is one. */
  readonly none?: string;
  readonly options: readonly (readonly [value: string, text: string])[];
  readonly onChange: (value: string | null) => void;
}

/** A field with a list of choices. The first one leaves the choice to the gateway. */
export function ChoiceField({ label, value, none, options, onChange }: ChoiceFieldProps) {
  const id = useId();
  return (
    <div class="field">
      <label class="field-label" for={id}>
        {label}
      </label>
      <select
        id={id}
        class="select"
        // An index, because the title of a column may be any text.
        value={String(options.findIndex(([each]) => each === value))}
        onChange={({ currentTarget }) => onChange(options[Number(currentTarget.value)]?.[0] ?? null)}
      >
        {none !== undefined && <option value="-1">{none}</option>}
        {options.map(([each, text], index) => (
          <option key={each} value={String(index)}>
            {text.length > 60 ? `${text.slice(0, 60)}…` : text}
          </option>
        ))}
      </select>
    </div>
  );
}
