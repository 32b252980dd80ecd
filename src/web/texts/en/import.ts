/** Texts of the view of one import, in English. */
export const importOne = {
  title: 'Import',
  titleOf: (file: string) => `Import of ${file}`,
  noFile: 'without a file name',
  list: 'All imports',
  missing: {
    title: 'There is no such import',
    text: 'It may be older than the history that is kept, or your key may not see its destination.',
  },
  forbidden: {
    title: 'Your key may not see imports',
    text: 'It has no permission to read. Ask whoever runs the gateway for a key that has it.',
  },
  facts: 'What was loaded',
  when: 'Loaded',
  by: 'By',
  destination: 'Destination',
  mode: 'Names that were not in the file',
  modes: { MERGE: 'stayed', REPLACE: 'were taken away' },
};
