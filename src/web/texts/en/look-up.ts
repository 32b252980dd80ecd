import { inEnglish } from '../format.js';

/** Texts of the view that looks IDs up, in English. */
export const lookUp = {
  title: 'Look up',
  intro: 'Paste segment IDs as they come, and see what they are called.',
  input: 'IDs',
  placeholder: '80920, 80921\n80940',
  hint: 'A column of a sheet, a list with commas, a whole message of Audience Manager, or lines of a .sync file.',
  destination: 'Destination',
  anyDestination: 'All that you may see',
  clear: 'Clear',
  column: 'IDs are in the column',
  allColumns: 'All columns',
  read: {
    list: (count: number, shown: string) => inEnglish(count, '1 ID', `${shown} IDs`),
    table: (count: number, shown: string) => inEnglish(count, '1 ID of a table', `${shown} IDs of a table`),
    message: (count: number, shown: string) =>
      inEnglish(count, '1 ID of a message', `${shown} IDs of a message`),
    delivery: (count: number, shown: string) =>
      inEnglish(count, '1 ID of lines of a file', `${shown} IDs of lines of a file`),
  },
  noIds: 'There is no ID in this text.',
  tooMany: (shown: string) => `Only the first ${shown} IDs are looked up.`,
  tooLongForLink:
    'These are too many IDs for a link: to pass them on, send the table that you copy or download.',
  namedDestination: (id: string) =>
    `The IDs are from a message for destination ${id}, so they are looked up there.`,
  everywhere: 'Look in all destinations instead',
  looking: (done: string, all: string) => `Looking up … ${done} of ${all}`,
  again: 'Look up again',
  outcomes: {
    found: (count: number, shown: string) => inEnglish(count, '1 found', `${shown} found`),
    ambiguous: (_count: number, shown: string) => `${shown} ambiguous`,
    unknown: (_count: number, shown: string) => `${shown} unknown`,
    unchecked: (_count: number, shown: string) => `${shown} not checked`,
    failed: (_count: number, shown: string) => `${shown} failed`,
  },
  all: 'All',
  show: 'Which IDs are shown',
  caption: 'What the IDs stand for',
  columns: {
    id: 'ID',
    name: 'Name',
    status: 'Status',
    idType: 'Found as',
    place: 'Destination',
    asOf: 'Read',
    customer: 'Customer',
    customerId: 'Customer ID',
    destinationId: 'Destination ID',
    outcome: 'Outcome',
  },
  times: (shown: string) => `${shown} times`,
  oneOf: (count: number, shown: string) =>
    inEnglish(count, 'Stands for 1 segment:', `Stands for one of ${shown} segments:`),
  further: (shown: string) => `and ${shown} more`,
  alsoIn: (count: number, shown: string) =>
    inEnglish(count, 'also in 1 other destination', `also in ${shown} other destinations`),
  state: {
    found: 'found',
    ambiguous: 'ambiguous',
    unknown: 'unknown',
    unchecked: 'not checked',
    failed: 'failed',
    waiting: '…',
    foundPartly: 'found (not all destinations could be looked into)',
    missing: 'not looked up',
  },
  meaning: {
    unknown: 'No segment has this ID.',
    unchecked: 'Not among the known segments, and Audience Manager could not be asked yet.',
    failed: 'It could not be looked up.',
  },
  help: {
    ambiguous: {
      title: 'Ambiguous',
      text: 'The same number is the ID of several segments. Choose the destination that the ID comes from: often only one of them is sent there.',
    },
    unknown: {
      title: 'Unknown',
      text: 'Check that the ID is complete, and that it is from this destination. If it is right, ask the customer what it is called: a name can be given by hand under Load a file.',
    },
    unchecked: {
      title: 'Not checked',
      text: 'Try again in a few minutes. Until then nobody can say whether there is such a segment.',
    },
    failed: {
      title: 'Failed',
      text: 'The reason stands beside the ID. The other IDs are not affected.',
    },
  },
  /** Where all destinations were looked into, which have none of them read again. */
  anywhere: {
    meaning: {
      unknown: 'No destination has this ID, as it was read last.',
      unchecked: 'Not in the destinations that could be looked into.',
    },
    help: {
      unknown: {
        title: 'Unknown',
        text: 'Check that the ID is complete. If it is, choose the destination that it comes from: then that destination is read again, and a new segment is found. If it stays unknown, ask the customer what it is called: a name can be given by hand under Load a file.',
      },
      unchecked: {
        title: 'Not checked',
        text: 'Some destinations could not be looked into, so nobody can say whether there is such a segment. Choose the destination that the ID comes from, or try again in a few minutes.',
      },
    },
  },
  unread: (count: number, shown: string) =>
    inEnglish(
      count,
      'One destination could not be looked into. An ID may be missing because it is from there, or be the ID of a segment there too:',
      `${shown} destinations could not be looked into. IDs may be missing because they are from there, or be IDs of segments there too:`,
    ),
  moreRows: (shown: string) => `Show ${shown} more`,
  copy: 'Copy as a table',
  fileName: 'segment-names.csv',
  empty: {
    title: 'Nothing is looked up yet',
    text: 'Paste IDs above. They are looked up in all destinations that you may see; choose one only if an ID stands for several segments.',
  },
};
