import { inFrench } from '../format.js';
import type { Texts } from '../texts.js';

/** Texts of the view for loading a file, in French. */
export const load: Texts['load'] = {
  title: 'Charger un fichier',
  intro:
    'Des noms qu’un client a envoyés sous forme de liste. Ils priment sur ceux d’Audience Manager jusqu’à ce qu’ils soient retirés. Vous voyez ce qui changerait avant que rien ne change.',
  forbidden: {
    title: 'Votre clé ne permet pas de charger des fichiers',
    text: 'Elle n’a pas l’autorisation d’importer. Demandez à la personne qui gère la passerelle une clé qui l’a, ou de charger le fichier pour vous.',
    imports: 'Voir les fichiers déjà chargés',
  },
  where: 'À quelle destination appartiennent les noms',
  destination: 'Destination',
  destinationHint: 'Choisir une destination',
  customerId: 'Client',
  destinationId: 'Identifiant de la destination',
  idsHint:
    'Votre clé ne permet pas de lister les destinations. Saisissez le client et l’identifiant tels que dans la configuration.',
  gone: {
    title: 'Cette destination n’existe plus',
    text: 'Elle a peut-être été retirée de la configuration, ou votre clé ne permet pas de la voir. Choisissez-en une autre ; votre fichier est conservé.',
  },
  what: 'Le fichier',
  drop: 'Déposez le fichier ici, ou choisissez-le',
  dropAnother: 'Choisir un autre fichier',
  dropNow: 'Relâchez pour prendre ce fichier',
  kinds: (most) =>
    `CSV, Excel (XLSX), NDJSON, aussi compressés en gz ou ZIP. Au plus ${most} et 200 000 lignes.`,
  several: 'Un fichier à la fois : le premier de ceux que vous avez déposés a été pris.',
  reading: 'Lecture du fichier…',
  changedAt: (when) => `modifié ${when}`,
  kilobytes: (size) => `${size} ko`,
  megabytes: (size) => `${size} Mo`,
  mistake: {
    empty: {
      title: 'Le fichier est vide',
      text: 'Rien n’a été envoyé. Vérifiez qu’il a été enregistré, puis choisissez-le à nouveau.',
    },
    tooLarge: {
      title: 'Le fichier est trop volumineux',
      text: (size, most) =>
        `Il fait ${size} ; au plus ${most} peuvent être chargés, même une fois décompressés. Supprimez les colonnes inutiles, ou divisez-le en plusieurs fichiers.`,
    },
    unreadable: {
      title: 'Le navigateur ne peut pas lire le fichier',
      text: 'Il a peut-être été déplacé, supprimé ou modifié depuis votre choix, ou c’est un dossier. Choisissez-le à nouveau.',
    },
  },
  check: 'Ce qui changerait',
  how: 'Comment le fichier est lu',
  differently: 'Le lire autrement',
  automatic: 'trouvée par la passerelle',
  sheet: 'Feuille',
  idColumn: 'Colonne des identifiants',
  nameColumn: 'Colonne des noms',
  idType: 'Sorte d’identifiants',
  idTypeAutomatic: 'selon le fichier ou la configuration',
  encoding: 'Caractères du fichier',
  encodingAutomatic: 'détectés',
  columns: 'Colonnes du fichier',
  unused: 'non utilisée',
  moreColumns: (count, shown) =>
    inFrench(
      count,
      `${shown} autre colonne n’est pas utilisée.`,
      `${shown} autres colonnes ne sont pas utilisées.`,
    ),
  use: {
    MAPPING_ID: 'identifiant de mapping',
    SID: 'identifiant de segment (sid)',
    ID: 'identifiant, sorte non précisée',
    KEY_VALUE: 'clé et valeur',
    VALUE: 'valeur',
    ALIAS: 'alias',
    URL: 'adresse',
    NAME: 'nom',
    DESCRIPTION: 'description',
    STATUS: 'état',
    CUSTOMER: 'client',
    DESTINATION: 'destination',
    TRAIT: 'caractéristique ou non',
  },
  mode: 'Les noms chargés ou saisis auparavant, et absents de ce fichier',
  modes: {
    MERGE: {
      title: 'Sont conservés',
      text: 'Le fichier ajoute des noms et en corrige. C’est le cas habituel.',
    },
    REPLACE: {
      title: 'Sont retirés',
      text: 'Le fichier est la liste entière. Ensuite, seul son contenu est saisi à la main ; pour le reste, les noms d’Audience Manager comptent à nouveau.',
    },
  },
  force: 'Le charger ici malgré tout',
  forceText: 'Le fichier indique qu’il est l’export d’une autre destination.',
  unclear: {
    title: 'Les colonnes des identifiants et des noms ne sont pas claires',
    text: 'Choisissez-les ci-dessous. Votre choix est essayé aussitôt.',
    sheet: (sheet) =>
      `La feuille « ${sheet} » a été lue. Si les noms sont sur une autre, choisissez-la d’abord.`,
  },
  badFile: {
    title: 'Ce fichier ne peut pas être chargé tel quel',
    text: 'Rien n’a été modifié. Corrigez le fichier et choisissez-le à nouveau, ou choisissez-en un autre.',
  },
  phase: {
    SENDING: 'Envoi du fichier…',
    WAITING: 'En attente d’autres fichiers…',
    READING: 'Lecture des lignes…',
    APPLYING: 'Comparaison avec ce qui est connu…',
    storing: 'Enregistrement des noms…',
  },
  percent: (phase, percent) => `${phase} ${percent} %`,
  stop: 'Arrêter',
  nothing: {
    title: 'Rien ne changerait',
    text: 'Tout ce que dit le fichier est déjà connu.',
  },
  noChanges: 'Votre clé ne permet pas de lire les noms : ce qui changerait ne vous est pas montré.',
  mistakes: (count, shown) =>
    inFrench(count, `${shown} ligne avec une erreur`, `${shown} lignes avec des erreurs`),
  mistakesText:
    'Ces lignes ne peuvent pas être chargées. Corrigez-les dans le fichier et choisissez-le à nouveau, ou laissez-les de côté.',
  warnings: (count, shown) => inFrench(count, `${shown} ligne suspecte`, `${shown} lignes suspectes`),
  warningsAtLeast: (shown) => `${shown} lignes suspectes, ou plus`,
  warningsText: 'Ces lignes sont chargées telles quelles. Regardez-les d’abord.',
  notes: 'Ce qui a été remarqué dans le fichier',
  changes: (count, shown) => inFrench(count, `${shown} changement`, `${shown} changements`),
  firstOf: (first, total) => `Les ${first} premiers sur ${total} sont affichés.`,
  showAll: (count) => `Afficher les ${count}`,
  showFirst: (count) => `Afficher les ${count} premiers`,
  line: 'Ligne',
  reason: 'Ce qui ne va pas, et que faire',
  warning: 'Ce qui est suspect',
  segment: 'Segment',
  change: 'Changement',
  before: 'Avant',
  after: 'Après',
  kind: { CREATED: 'Nouveau', RENAMED: 'Renommé', UPDATED: 'Modifié', REMOVED: 'Retiré' },
  descriptionIs: 'Description :',
  statusIs: 'État :',
  noName: 'sans nom',
  byHand: 'Identique, mais désormais saisi à la main',
  downloadMistakes: 'Télécharger les erreurs',
  downloadFirstMistakes: (count) => `Télécharger les ${count} premières erreurs`,
  downloadChanges: 'Télécharger les changements',
  downloadFirstChanges: (count) => `Télécharger les ${count} premiers changements`,
  filesOf: {
    mistakes: 'erreurs',
    firstMistakes: (count) => `${count} premières erreurs`,
    changes: 'changements',
    firstChanges: (count) => `${count} premiers changements`,
  },
  apply: 'Le charger',
  skipBad: (count, shown) =>
    inFrench(
      count,
      'Laisser de côté la ligne avec une erreur',
      `Laisser de côté les ${shown} lignes avec des erreurs`,
    ),
  skipBadFirst: 'Tant que des lignes ont des erreurs, rien n’est chargé, sauf si vous les laissez de côté.',
  removes: (count, shown) =>
    inFrench(
      count,
      `${shown} nom saisi à la main est retiré.`,
      `${shown} noms saisis à la main sont retirés.`,
    ),
  applyButton: (count, shown) =>
    inFrench(count, `Charger ${shown} changement`, `Charger ${shown} changements`),
  applyFile: 'Charger le fichier',
  undoable: 'Cela pourra être annulé ensuite.',
  changed: {
    title: 'Le fichier a été modifié sur le disque après l’aperçu',
    text: 'Choisissez-le à nouveau pour voir ce qui changerait maintenant. Ou chargez ce que vous avez vu ici : la page l’a conservé.',
    again: 'Le choisir à nouveau',
    asSeen: 'Charger ce que montre l’aperçu',
  },
  lost: {
    looking: {
      title: 'La connexion a été perdue',
      text: 'Vérification si le fichier a été chargé…',
    },
    missing: {
      title: 'Le fichier n’a pas été chargé',
      text: 'La connexion a été perdue ou arrêtée, et la liste des imports ne le contient pas. S’il était en cours d’enregistrement, il peut encore apparaître.',
    },
    hidden: {
      title: 'On ne sait pas si le fichier a été chargé',
      text: 'La connexion a été perdue, et votre clé ne permet pas de voir la liste des imports. Charger à nouveau le même fichier est sans danger.',
    },
    unreachable: {
      title: 'On ne sait pas encore si le fichier a été chargé',
      text: 'La connexion a été perdue. Dès le retour de la passerelle, la page consultera la liste des imports.',
    },
    again: 'Le charger à nouveau',
    look: 'Vérifier à nouveau',
  },
  done: {
    title: 'Les noms sont chargés',
    found: 'La réponse a été perdue, mais la liste des imports contient le fichier.',
    kept: 'Quelqu’un a modifié ceux-ci à la main pendant le chargement. C’est plus récent, donc conservé.',
    import: 'Voir cet import',
    destination: 'Voir la destination',
    another: 'Charger un autre fichier',
  },
  said: {
    preview: (changes, mistakes) => `Aperçu : ${changes}, ${mistakes}.`,
  },
};
