import type { Texts } from '../texts.js';

/** Texts of the list of imports, in French. */
export const imports: Texts['imports'] = {
  title: 'Imports',
  intro: 'Les fichiers de noms qui ont été chargés, du plus récent au plus ancien. Chacun peut être annulé.',
  destination: 'Destination',
  allDestinations: 'Toutes les destinations',
  table: 'Imports',
  file: 'Fichier',
  when: 'Chargé',
  by: 'Par',
  counts: 'Ce qui en a résulté',
  state: 'État',
  counted: (count, what) => `${count} ${what}`,
  nothing: 'rien n’a changé',
  undone: 'Annulé',
  inEffect: 'En vigueur',
  empty: {
    title: 'Aucun fichier n’a encore été chargé',
    text: 'Les fichiers chargés ici, avec la commande ou par l’API sont listés tant que l’historique est conservé.',
    load: 'Charger un fichier',
  },
  emptyHere: {
    title: 'Aucun fichier n’a été chargé pour cette destination',
    text: 'Choisissez une autre destination, ou aucune pour voir tous les imports.',
  },
};
