import type { en } from './en.js';

/** All texts of the page. French has what English has. */
export type Texts = typeof en;
