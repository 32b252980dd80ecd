/** Texts of what surrounds the views, in English. */
export const shell = {
  name: 'Segment names',
  skip: 'Skip to the content',
  navigation: 'Views',
  home: 'Segment names, start',
  menu: 'Menu',
  lookUp: 'Look up',
  search: 'Search',
  destinations: 'Destinations',
  load: 'Load a file',
  imports: 'Imports',
  explorer: 'API',
  language: 'Language',
  signedInAs: (name: string) => `Signed in as ${name}`,
  signOut: 'Sign out',
  starting: 'Connecting to the gateway …',
  offline:
    'This device is offline. What you see may be out of date. What could not be read is asked for again when the network is back.',
  gone: 'The gateway does not answer. It may be restarting. What you typed is kept, and what could not be read is asked for again when it is back.',
  back: 'The gateway is back.',
  missing: {
    title: 'There is no such page',
    text: 'The address may be incomplete, or what it names was removed.',
    start: 'Look up segments',
  },
  broken: {
    title: 'Something went wrong in this page',
    text: 'This is a defect of the page, not of what you did. Loading it again usually helps.',
    reload: 'Load the page again',
    details: 'Details for whoever looks into it',
  },
  notLoaded: {
    title: 'This view could not be loaded',
    text: 'Load the page again. If that does not help, tell whoever runs the gateway.',
  },
  updated: {
    title: 'The gateway was updated',
    text: 'This page is from before the update. Load it again to go on.',
  },
};
