import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { Problem } from '../app/problem.js';
import { useTexts } from '../texts/index.js';
import { Name } from './name.js';

/** Something that can be chosen. */
export interface Choice<T> {
  readonly key: string;
  /** What it is called, as the field shows it. */
  readonly text: string;
  /** What tells it from others of the same name. */
  readonly more?: string;
  readonly value: T;
}

interface PickerProps<T> {
  readonly label: string;
  /** What the field shows while nothing is chosen, and what stands first in the list: for example, "all customers". */
  readonly none: string;
  /** What the field shows of the choice; `null`: nothing is chosen. */
  readonly chosen: string | null;
  /** What can be chosen, for what is typed. */
  readonly choices: readonly Choice<T>[];
  /** Whether the choices for what is typed are awaited: until then `choices` may be those of an earlier text. */
  readonly isPending: boolean;
  /** Why there are no choices for what is typed. */
  readonly problem: Problem | null;
  /** What is said below the choices, such as that there are more. */
  readonly note?: string | null;
  /** Called when the list is opened (with an empty text), and when something is typed. */
  readonly onType: (text: string) => void;
  /** Called with `null` to choose nothing. */
  readonly onChoose: (value: T | null) => void;
}

/** A field with a list to choose from, which shortens as one types. For lists that are too long for a menu. */
export function Picker<T>(props: PickerProps<T>) {
  const { label, none, chosen, isPending, problem, note = null, onType, onChoose } = props;
  const { parts, problems } = useTexts();
  const id = useId();
  const [typed, setTyped] = useState<string | null>(null);
  const [active, setActive] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const isOpen = typed !== null;
  const found = problem === null ? props.choices : [];
  const choices: readonly (Choice<T> | null)[] =
    typed === null || typed.trim() === '' ? [null, ...found] : found;
  const current = Math.min(active, choices.length - 1);

  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [current, isOpen]);

  const type = (text: string): void => {
    setTyped(text);
    setActive(0);
    onType(text.trim());
  };
  const close = (): void => setTyped(null);
  const choose = (choice: Choice<T> | null): void => {
    close();
    onChoose(choice?.value ?? null);
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const moves: Record<string, number> = { ArrowDown: current + 1, ArrowUp: current - 1 };
    const next = moves[event.key];
    if (next !== undefined) {
      event.preventDefault();
      if (!isOpen) type('');
      else setActive(Math.max(0, Math.min(next, choices.length - 1)));
    } else if (event.key === 'Enter' && isOpen) {
      event.preventDefault();
      const choice = choices[current];
      // Nobody means the first choice of an earlier text.
      if (choice === null || (choice !== undefined && !isPending)) choose(choice);
    } else if (event.key === 'Escape' && isOpen) {
      event.preventDefault();
      event.stopPropagation();
      close();
    }
  };
  const said =
    problem !== null
      ? problems[problem.kind].title
      : isPending
        ? parts.loading
        : choices.length === 0
          ? parts.pickerNothing
          : note;
  return (
    <div class="field picker">
      <label class="field-label" for={`${id}-field`}>
        {label}
      </label>
      <input
        id={`${id}-field`}
        class="input picker-field"
        role="combobox"
        type="text"
        dir="auto"
        autoComplete="off"
        spellcheck={false}
        aria-expanded={isOpen}
        aria-controls={`${id}-list`}
        aria-autocomplete="list"
        aria-activedescendant={isOpen && choices.length > 0 ? `${id}-${current}` : undefined}
        placeholder={isOpen ? parts.pickerHint : none}
        value={typed ?? chosen ?? ''}
        onInput={({ currentTarget }) => type(currentTarget.value)}
        onClick={() => isOpen || type('')}
        onKeyDown={onKeyDown}
        onBlur={close}
      />
      <div class="picker-list" hidden={!isOpen}>
        <ul
          id={`${id}-list`}
          role="listbox"
          aria-label={label}
          aria-busy={isPending && problem === null}
          ref={list}
        >
          {isOpen &&
            choices.map((choice, index) => (
              <li
                key={choice?.key ?? ''}
                id={`${id}-${index}`}
                role="option"
                aria-selected={index === current}
                // The field keeps the focus.
                onMouseDown={(event) => event.preventDefault()}
                onClick={() => choose(choice)}
              >
                {choice === null ? none : <Name text={choice.text} longest={null} />}
                {choice?.more !== undefined && (
                  <span class="picker-more">
                    <Name text={choice.more} longest={null} />
                  </span>
                )}
              </li>
            ))}
        </ul>
        {isOpen && said !== null && <p class="picker-note">{said}</p>}
      </div>
    </div>
  );
}
