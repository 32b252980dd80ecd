import type { Texts } from './texts.js';
import { destination } from './fr/destination.js';
import { destinations } from './fr/destinations.js';
import { importOne } from './fr/import.js';
import { imports } from './fr/imports.js';
import { load } from './fr/load.js';
import { lookUp } from './fr/look-up.js';
import { parts } from './fr/parts.js';
import { problems } from './fr/problems.js';
import { search } from './fr/search.js';
import { segment } from './fr/segment.js';
import { shell } from './fr/shell.js';
import { signIn } from './fr/sign-in.js';

/** All texts of the page in French, in one file for each view. */
export const fr: Texts = {
  shell,
  parts,
  problems,
  signIn,
  lookUp,
  search,
  destinations,
  destination,
  segment,
  load,
  imports,
  importOne,
};
