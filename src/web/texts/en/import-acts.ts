import { inEnglish } from '../format.js';

/** What an import does, and taking it back, in English. */
export const importActs = {
  counts: {
    label: 'What came of it',
    created: (_count: number) => 'new',
    renamed: (_count: number) => 'renamed',
    updated: (_count: number) => 'changed otherwise',
    removed: (_count: number) => 'taken away',
    unchanged: (_count: number) => 'unchanged',
    kept: (_count: number) => 'left as it was',
    rejected: (count: number) => inEnglish(count, 'row with a mistake', 'rows with mistakes'),
  },
  explained: {
    created: 'Segments of which nothing was known.',
    renamed: 'Segments that have another name.',
    updated: 'Segments whose description or status is another one, or that are given by hand now.',
    removed: 'Segments that were given by hand, and are not in the file.',
    unchanged: 'Rows that say what was known already.',
    kept: 'Segments that somebody had changed by hand meanwhile.',
    rejected: 'Rows that could not be loaded.',
  },
  undo: {
    title: 'Take it back',
    text: 'Its segments become what they were before, as one change. What somebody has changed by hand since stays. New segments are removed, unless Audience Manager lists them by now.',
    button: 'Take this import back',
    sure: 'Really take it back?',
    yes: 'Yes, take it back',
    no: 'No, leave it',
    working: 'Taking it back …',
    notAllowed: 'Your key may not take imports back: it has no permission to import.',
    impossible: 'It cannot be taken back',
  },
  undone: {
    title: 'Taken back',
    by: (who: string) => `by ${who}`,
    text: 'To have the names again, load the file again.',
    partly: 'If some segments had stayed because of later changes, and those are gone by now:',
    rest: 'Take back what had stayed',
    restored: (count: number, shown: string) =>
      inEnglish(count, '1 segment is as it was before.', `${shown} segments are as they were before.`),
    kept: (count: number, shown: string) =>
      inEnglish(
        count,
        '1 segment stays, because it was changed since.',
        `${shown} segments stay, because they were changed since.`,
      ),
    keptTable: 'Segments that stay as they are',
    segment: 'Segment',
    name: 'Name now',
    reason: 'Why it stays',
    removed: 'removed',
    firstOf: (first: string, total: string) => `The first ${first} of ${total} are listed.`,
  },
};
