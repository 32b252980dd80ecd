/** When a destination that acts on the page reaches visitors. */
const NEW_VISITORS = 'New visitors only. They have to be seen again before they qualify for a segment.';

/** Texts of the view, in English. */
export const destinations = {
  title: 'Destinations',
  intro: 'Everywhere that segments are sent to: how fresh the names are, and what to do where they are not.',
  caption: 'Destinations',
  destination: 'Destination',
  type: 'Type',
  typeHint: 'What such a destination is for',
  allTypes: 'Any type',
  state: 'State',
  segments: 'Segments',
  read: 'Read',
  search: 'Search destinations',
  searchHint: 'Name or ID of a destination or customer',
  byStatus: 'Destinations by state',
  all: 'All',
  order: 'Sorted by name; destinations without a name come last.',
  inactive: 'Switched off in Audience Manager',
  states: {
    STALE: 'Read again when it is looked up.',
    FAILING: 'The last attempt to read it failed.',
    NEVER: 'Read when it is first looked up.',
    MANUAL: 'No access to the account: people give the names.',
  },
  last: 'last',
  tried: 'tried',
  next: 'next',
  notYet: 'not yet',
  never: 'not needed',
  due: 'due now',
  unscheduled: 'when it is looked up',
  refresh: 'Read now',
  refreshOf: (name: string) => `Read now: ${name}`,
  refreshing: 'Reading …',
  refreshed: 'Read just now.',
  refreshFailed: 'It could not be read.',
  example: 'For example:',
  reach: 'Reaches:',
  types: {
    URL: {
      purpose:
        'Calls an address from the page, nearly at the moment of what a visitor does. For data that must arrive at once, so that a partner can act on a visitor right away.',
      example: 'a ticketing site whose visitors are retargeted immediately.',
      reach: NEW_VISITORS,
    },
    COOKIE: {
      purpose:
        'Writes a cookie on the page, nearly at the moment of what a visitor does. For data that must arrive at once, so that a partner can act on a visitor right away.',
      example: 'a ticketing site whose visitors are retargeted immediately.',
      reach: NEW_VISITORS,
    },
    SERVER_TO_SERVER: {
      purpose:
        'Sends files or messages from server to server. For building a large audience, when nothing has to arrive at once.',
      example: 'an audience that grows over hours or days, for a campaign that runs later.',
      reach: 'New and earlier visitors. They need not be seen again.',
    },
    ANALYTICS: {
      purpose: 'Sends segments to Adobe Analytics, for the visitors that it knows itself.',
      example: null,
      reach: null,
    },
    PEOPLE_BASED: {
      purpose: 'Addresses people by hashed identifiers instead of cookies and devices.',
      example: null,
      reach: null,
    },
    PULL: {
      purpose: 'Nothing is sent to it: the partner fetches the data from Audience Manager itself.',
      example: null,
      reach: null,
    },
    UNKNOWN: {
      purpose:
        'Its type was not read yet, or Audience Manager names one that this gateway does not know. Names can be looked up all the same.',
      example: null,
      reach: null,
    },
  },
  ids: {
    title: 'Its IDs',
    configured: 'as configured',
    none: 'not looked up yet',
    evidence: 'What the IDs that were looked up were',
    ambiguous: 'ambiguous',
    unknown: 'not known',
    unclear: 'Not clear before 10 are found, nearly all of one kind.',
    suggestion: 'Clear. Write into the configuration, at this destination:',
    copy: 'Copy line',
  },
  blind: {
    text: 'Your key may have destinations read again, but see none of them. Name the one that is to be read.',
  },
  nothing: {
    title: 'There are no destinations here',
    text: 'Your key may see none, or the configuration of the gateway names none. Whoever runs the gateway knows.',
    filtered: 'No destination matches',
    clear: 'Show all destinations',
  },
};
