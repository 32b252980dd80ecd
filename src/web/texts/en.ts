import { destination } from './en/destination.js';
import { destinations } from './en/destinations.js';
import { importOne } from './en/import.js';
import { imports } from './en/imports.js';
import { load } from './en/load.js';
import { lookUp } from './en/look-up.js';
import { parts } from './en/parts.js';
import { problems } from './en/problems.js';
import { search } from './en/search.js';
import { segment } from './en/segment.js';
import { shell } from './en/shell.js';
import { signIn } from './en/sign-in.js';

/** All texts of the page in English, in one file for each view. */
export const en = {
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
