import { inFrench } from '../format.js';
import type { Texts } from '../texts.js';

/** Texts of the view that looks IDs up, in French. */
export const lookUp: Texts['lookUp'] = {
  title: 'Identifier',
  intro: 'Collez des identifiants de segments tels quels, et lisez leurs noms.',
  input: 'Identifiants',
  placeholder: '80920, 80921\n80940',
  hint: 'Une colonne d’un tableur, une liste à virgules, un message entier d’Audience Manager, ou des lignes d’un fichier .sync.',
  destination: 'Destination',
  anyDestination: 'Toutes celles que vous pouvez voir',
  clear: 'Effacer',
  column: 'Colonne des identifiants',
  allColumns: 'Toutes les colonnes',
  read: {
    list: (count, shown) => inFrench(count, `${shown} identifiant`, `${shown} identifiants`),
    table: (count, shown) =>
      inFrench(count, `${shown} identifiant d’un tableau`, `${shown} identifiants d’un tableau`),
    message: (count, shown) =>
      inFrench(count, `${shown} identifiant d’un message`, `${shown} identifiants d’un message`),
    delivery: (count, shown) =>
      inFrench(
        count,
        `${shown} identifiant de lignes d’un fichier`,
        `${shown} identifiants de lignes d’un fichier`,
      ),
  },
  noIds: 'Ce texte ne contient aucun identifiant.',
  tooMany: (shown) => `Seuls les ${shown} premiers identifiants sont traités.`,
  tooLongForLink:
    'Ces identifiants sont trop nombreux pour un lien : pour les transmettre, envoyez le tableau copié ou téléchargé.',
  namedDestination: (id) =>
    `Les identifiants viennent d’un message pour la destination ${id} ; ils y sont cherchés.`,
  everywhere: 'Chercher plutôt dans toutes les destinations',
  looking: (done, all) => `Recherche… ${done} sur ${all}`,
  again: 'Chercher à nouveau',
  outcomes: {
    found: (count, shown) => inFrench(count, `${shown} trouvé`, `${shown} trouvés`),
    ambiguous: (count, shown) => inFrench(count, `${shown} ambigu`, `${shown} ambigus`),
    unknown: (count, shown) => inFrench(count, `${shown} inconnu`, `${shown} inconnus`),
    unchecked: (count, shown) => inFrench(count, `${shown} non vérifié`, `${shown} non vérifiés`),
    failed: (count, shown) => inFrench(count, `${shown} en échec`, `${shown} en échec`),
  },
  all: 'Tous',
  show: 'Identifiants affichés',
  caption: 'Ce que désignent les identifiants',
  columns: {
    id: 'Identifiant',
    name: 'Nom',
    status: 'État',
    idType: 'Trouvé comme',
    place: 'Destination',
    asOf: 'Lecture',
    customer: 'Client',
    customerId: 'Identifiant du client',
    destinationId: 'Identifiant de la destination',
    outcome: 'Résultat',
  },
  times: (shown) => `${shown} fois`,
  oneOf: (count, shown) =>
    inFrench(count, `Désigne ${shown} segment :`, `Désigne l’un de ${shown} segments :`),
  further: (shown) => `et ${shown} de plus`,
  alsoIn: (count, shown) =>
    inFrench(count, `aussi dans ${shown} autre destination`, `aussi dans ${shown} autres destinations`),
  state: {
    found: 'trouvé',
    ambiguous: 'ambigu',
    unknown: 'inconnu',
    unchecked: 'non vérifié',
    failed: 'en échec',
    waiting: '…',
    foundPartly: 'trouvé (toutes les destinations n’ont pas pu être consultées)',
    missing: 'non cherché',
  },
  meaning: {
    unknown: 'Aucun segment n’a cet identifiant.',
    unchecked: 'Absent des segments connus, et Audience Manager n’a pas encore pu être interrogé.',
    failed: 'La recherche a échoué.',
  },
  help: {
    ambiguous: {
      title: 'Ambigu',
      text: 'Le même nombre est l’identifiant de plusieurs segments. Choisissez la destination dont vient l’identifiant : souvent, un seul y est envoyé.',
    },
    unknown: {
      title: 'Inconnu',
      text: 'Vérifiez que l’identifiant est complet, et qu’il vient de cette destination. S’il est juste, demandez son nom au client : il peut être saisi sous « Charger un fichier ».',
    },
    unchecked: {
      title: 'Non vérifié',
      text: 'Réessayez dans quelques minutes. D’ici là, personne ne peut dire si ce segment existe.',
    },
    failed: {
      title: 'En échec',
      text: 'La raison figure à côté de l’identifiant. Les autres identifiants ne sont pas concernés.',
    },
  },
  anywhere: {
    meaning: {
      unknown: 'Aucune destination n’a cet identifiant, d’après sa dernière lecture.',
      unchecked: 'Absent des destinations qui ont pu être consultées.',
    },
    help: {
      unknown: {
        title: 'Inconnu',
        text: 'Vérifiez que l’identifiant est complet. Si oui, choisissez la destination dont il vient : elle est alors relue, et un nouveau segment est trouvé. S’il reste inconnu, demandez son nom au client : il peut être saisi sous « Charger un fichier ».',
      },
      unchecked: {
        title: 'Non vérifié',
        text: 'Certaines destinations n’ont pas pu être consultées ; personne ne peut donc dire si ce segment existe. Choisissez la destination dont vient l’identifiant, ou réessayez dans quelques minutes.',
      },
    },
  },
  unread: (count, shown) =>
    inFrench(
      count,
      'Une destination n’a pas pu être consultée. Un identifiant peut manquer parce qu’il en vient, ou y désigner aussi un segment :',
      `${shown} destinations n’ont pas pu être consultées. Des identifiants peuvent manquer parce qu’ils en viennent, ou y désigner aussi des segments :`,
    ),
  moreRows: (shown) => `Afficher ${shown} de plus`,
  copy: 'Copier comme tableau',
  fileName: 'noms-de-segments.csv',
  empty: {
    title: 'Rien à identifier pour l’instant',
    text: 'Collez des identifiants ci-dessus. Ils sont cherchés dans toutes les destinations que vous pouvez voir ; n’en choisissez une que si un identifiant désigne plusieurs segments.',
  },
};
