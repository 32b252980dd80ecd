import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import { en } from './en.js';
import { Format } from './format.js';
import { fr } from './fr.js';
import type { Texts } from './texts.js';

export type { Texts } from './texts.js';

/** The languages of the page, each by its own name. */
export const LANGUAGES = { en: 'English', fr: 'Français' } as const;

/** A language of the page. */
export type Language = keyof typeof LANGUAGES;

const TEXTS: Readonly<Record<Language, Texts>> = { en, fr };

/** Where the choice of a language is kept. */
const NAME = 'aam-gateway.language';

/** The texts of a language, and how numbers and dates are written. */
export interface Localized {
  readonly language: Language;
  readonly texts: Texts;
  readonly format: Format;
  readonly choose: (language: Language) => void;
}

/** Carries the texts. */
export const TextsContext = createContext<Localized | null>(null);

/** The texts of the language that the person reads. */
export function useTexts(): Texts {
  return useLocalized().texts;
}

/** How numbers and dates are written. */
export function useFormat(): Format {
  return useLocalized().format;
}

/** The language of the page, and everything that depends on it. */
export function useLocalized(): Localized {
  const localized = useContext(TextsContext);
  if (localized === null) throw new Error('bug: this component is outside of the application');
  return localized;
}

/** The language to begin with: the one that was chosen, else the first of the browser's that there is. */
export function firstLanguage(): Language {
  const wanted = [stored(), ...navigator.languages].map((tag) => (tag ?? '').slice(0, 2).toLowerCase());
  return wanted.find(isLanguage) ?? 'en';
}

/** Keeps the choice of a language. */
export function keepLanguage(language: Language): void {
  try {
    localStorage.setItem(NAME, language);
  } catch {
    // Storage is turned off in this browser: the choice holds until the page is loaded again.
  }
}

/** The texts and formats of a language. Numbers are written as in the browser's own variant of it, such as `en-GB`. */
export function localizedIn(language: Language): Omit<Localized, 'choose'> {
  const locale = navigator.languages.find((tag) => tag.slice(0, 2).toLowerCase() === language) ?? language;
  return { language, texts: TEXTS[language], format: new Format(locale) };
}

function isLanguage(tag: string): tag is Language {
  return tag in LANGUAGES;
}

function stored(): string | null {
  try {
    return localStorage.getItem(NAME);
  } catch {
    return null;
  }
}
