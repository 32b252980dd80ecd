import { inEnglish } from '../format.js';

/** Texts of the view, in English. */
export const search = {
  title: 'Search',
  intro:
    'Finds segments by words of their name or description, or by parts of their IDs, in everything that you may see.',
  label: 'Search segments',
  placeholder: 'Words of a name or description, or part of an ID',
  keys: [
    { key: '/', does: 'to the field' },
    { key: '↓ ↑', does: 'through the results' },
    { key: 'Enter', does: 'opens' },
  ],
  searching: 'Searching …',
  results: 'Segments that were found',
  segment: 'Segment',
  status: 'Status',
  allStatuses: 'Any status',
  type: 'Type of destination',
  allTypes: 'Any type',
  destination: 'Destination',
  freshness: 'Freshness',
  description: 'Description',
  ids: { sid: 'sid', mappingId: 'mapping', alias: 'alias', value: 'value' },
  places: {
    name: 'name',
    description: 'description',
    sid: 'segment ID (sid)',
    mappingId: 'mapping ID',
    alias: 'alias',
    value: 'value',
  },
  foundIn: (places: string) => `Found in ${places}`,
  start: {
    title: 'What can be searched for',
    hints: [
      'Words or parts of words: “cart aband” finds “Cart abandoners – last 7 days”. All words must occur; their order does not matter.',
      'IDs or the beginning of them: segment ID (sid), mapping ID, alias, value.',
      'Upper and lower case and accents make no difference.',
      'Without a word, a filter lists everything: all segments of a destination, or all that are inactive.',
    ],
  },
  nothing: {
    title: 'No segment matches',
    text: 'Try fewer words, or only a part of one. Addresses of URL destinations are not searched: look them up whole under “Look up”.',
    clear: 'Search without the filters',
  },
  unread: {
    title: (count: number, shown: string) =>
      inEnglish(
        count,
        'One destination could not be searched',
        `${shown} destinations could not be searched`,
      ),
    notYet: 'It was not read yet. It is being read now; try again in a moment.',
    more: (count: number, shown: string) => inEnglish(count, 'and one more', `and ${shown} more`),
  },
};
