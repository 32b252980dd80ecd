/** Texts of the list of imports, in English. */
export const imports = {
  title: 'Imports',
  intro: 'The files of names that were loaded, newest first. Each can be taken back.',
  destination: 'Destination',
  allDestinations: 'All destinations',
  table: 'Imports',
  file: 'File',
  when: 'Loaded',
  by: 'By',
  counts: 'What came of it',
  state: 'State',
  counted: (count: string, what: string) => `${count} ${what}`,
  nothing: 'nothing changed',
  undone: 'Taken back',
  inEffect: 'In effect',
  empty: {
    title: 'No file was loaded yet',
    text: 'Files that are loaded here, with the command or over the API are listed as long as the history is kept.',
    load: 'Load a file',
  },
  emptyHere: {
    title: 'No file was loaded for this destination',
    text: 'Choose another destination, or none to see all imports.',
  },
};
