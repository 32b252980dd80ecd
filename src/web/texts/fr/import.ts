import type { Texts } from '../texts.js';

/** Texts of the view of one import, in French. */
export const importOne: Texts['importOne'] = {
  title: 'Import',
  titleOf: (file) => `Import de ${file}`,
  noFile: 'sans nom de fichier',
  list: 'Tous les imports',
  missing: {
    title: 'Cet import n’existe pas',
    text: 'Il est peut-être plus ancien que l’historique conservé, ou votre clé ne permet pas de voir sa destination.',
  },
  forbidden: {
    title: 'Votre clé ne permet pas de voir les imports',
    text: 'Elle n’a pas l’autorisation de lire. Demandez à la personne qui gère la passerelle une clé qui l’a.',
  },
  facts: 'Ce qui a été chargé',
  when: 'Chargé',
  by: 'Par',
  destination: 'Destination',
  mode: 'Les noms absents du fichier',
  modes: { MERGE: 'ont été conservés', REPLACE: 'ont été retirés' },
};
