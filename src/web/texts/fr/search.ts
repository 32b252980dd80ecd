import { inFrench } from '../format.js';
import type { Texts } from '../texts.js';

/** Texts of the view, in French. */
export const search: Texts['search'] = {
  title: 'Rechercher',
  intro:
    'Trouve les segments par des mots de leur nom ou de leur description, ou par une partie de leurs identifiants, dans tout ce que vous pouvez voir.',
  label: 'Rechercher des segments',
  placeholder: 'Mots d’un nom ou d’une description, ou partie d’un identifiant',
  keys: [
    { key: '/', does: 'vers le champ' },
    { key: '↓ ↑', does: 'dans les résultats' },
    { key: 'Entrée', does: 'ouvre' },
  ],
  searching: 'Recherche…',
  results: 'Segments trouvés',
  segment: 'Segment',
  status: 'État',
  allStatuses: 'Tous les états',
  type: 'Type de destination',
  allTypes: 'Tous les types',
  destination: 'Destination',
  freshness: 'Fraîcheur',
  description: 'Description',
  ids: { sid: 'sid', mappingId: 'mapping', alias: 'alias', value: 'valeur' },
  places: {
    name: 'nom',
    description: 'description',
    sid: 'identifiant de segment (sid)',
    mappingId: 'identifiant de mapping',
    alias: 'alias',
    value: 'valeur',
  },
  foundIn: (places) => `Trouvé dans : ${places}`,
  start: {
    title: 'Ce qui peut être recherché',
    hints: [
      'Des mots ou parties de mots : « cart aband » trouve « Cart abandoners – last 7 days ». Tous les mots doivent être présents, dans n’importe quel ordre.',
      'Des identifiants ou leur début : identifiant de segment (sid), identifiant de mapping, alias, valeur.',
      'Les majuscules et les accents ne comptent pas.',
      'Sans mot, un filtre liste tout : tous les segments d’une destination, ou tous ceux qui sont inactifs.',
    ],
  },
  nothing: {
    title: 'Aucun segment ne correspond',
    text: 'Essayez avec moins de mots, ou une partie de mot. Les adresses des destinations URL ne sont pas parcourues : recherchez-les en entier sous « Identifier ».',
    clear: 'Rechercher sans les filtres',
  },
  unread: {
    title: (count, shown) =>
      inFrench(
        count,
        'Une destination n’a pas pu être parcourue',
        `${shown} destinations n’ont pas pu être parcourues`,
      ),
    notYet: 'Elle n’a pas encore été lue. La lecture est en cours ; réessayez dans un instant.',
    more: (count, shown) => inFrench(count, 'et une de plus', `et ${shown} de plus`),
  },
};
