import { inFrench } from '../format.js';
import type { Texts } from '../texts.js';

/** What an import does, and taking it back, in French. */
export const importActs: Texts['parts']['importActs'] = {
  counts: {
    label: 'Ce qui en a résulté',
    created: (count) => inFrench(count, 'nouveau', 'nouveaux'),
    renamed: (count) => inFrench(count, 'renommé', 'renommés'),
    updated: (count) => inFrench(count, 'modifié autrement', 'modifiés autrement'),
    removed: (count) => inFrench(count, 'retiré', 'retirés'),
    unchanged: (count) => inFrench(count, 'inchangé', 'inchangés'),
    kept: (count) => inFrench(count, 'laissé en l’état', 'laissés en l’état'),
    rejected: (count) => inFrench(count, 'ligne avec une erreur', 'lignes avec des erreurs'),
  },
  explained: {
    created: 'Des segments dont rien n’était connu.',
    renamed: 'Des segments qui ont un autre nom.',
    updated: 'Des segments dont la description ou l’état a changé, ou qui sont désormais saisis à la main.',
    removed: 'Des segments saisis à la main, absents du fichier.',
    unchanged: 'Des lignes qui disent ce qui était déjà connu.',
    kept: 'Des segments que quelqu’un avait modifiés à la main entre-temps.',
    rejected: 'Des lignes qui n’ont pas pu être chargées.',
  },
  undo: {
    title: 'L’annuler',
    text: 'Ses segments redeviennent ce qu’ils étaient, en une seule fois. Ce que quelqu’un a modifié à la main depuis est conservé. Les nouveaux segments sont supprimés, sauf si Audience Manager les liste désormais.',
    button: 'Annuler cet import',
    sure: 'Vraiment l’annuler ?',
    yes: 'Oui, l’annuler',
    no: 'Non, le laisser',
    working: 'Annulation…',
    notAllowed: 'Votre clé ne permet pas d’annuler des imports : elle n’a pas l’autorisation d’importer.',
    impossible: 'Il ne peut pas être annulé',
  },
  undone: {
    title: 'Annulé',
    by: (who) => `par ${who}`,
    text: 'Pour retrouver les noms, chargez le fichier à nouveau.',
    partly:
      'Si des segments étaient restés à cause de modifications plus récentes, et qu’elles ont disparu depuis :',
    rest: 'Annuler ce qui était resté',
    restored: (count, shown) =>
      inFrench(count, `${shown} segment est comme avant.`, `${shown} segments sont comme avant.`),
    kept: (count, shown) =>
      inFrench(
        count,
        `${shown} segment reste, car il a été modifié depuis.`,
        `${shown} segments restent, car ils ont été modifiés depuis.`,
      ),
    keptTable: 'Segments laissés en l’état',
    segment: 'Segment',
    name: 'Nom actuel',
    reason: 'Pourquoi il reste',
    removed: 'supprimé',
    firstOf: (first, total) => `Les ${first} premiers sur ${total} sont affichés.`,
  },
};
