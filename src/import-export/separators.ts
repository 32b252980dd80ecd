/** A character that separates the cells of a CSV file. */
export type Separator = ',' | ';' | '\t' | '|';

/** In order of priority: if several separators fit a header equally well, the first one is used. */
export const SEPARATORS: readonly Separator[] = [',', ';', '\t', '|'];

/** Names for error messages. */
export const SEPARATOR_NAMES: Readonly<Record<Separator, string>> = {
  ',': 'commas',
  ';': 'semicolons',
  '\t': 'tabs',
  '|': 'pipes (|)',
};

/** All of them, for error messages. */
export const SEPARATOR_LIST = 'commas, semicolons, tabs or pipes (|)';
