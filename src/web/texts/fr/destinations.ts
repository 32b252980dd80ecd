import type { Texts } from '../texts.js';

/** When a destination that acts on the page reaches visitors. */
const NEW_VISITORS =
  'Les nouveaux visiteurs uniquement. Ils doivent être revus avant de remplir les critères d’un segment.';

/** Texts of the view, in French. */
export const destinations: Texts['destinations'] = {
  title: 'Destinations',
  intro:
    'Tout ce vers quoi des segments sont envoyés : la fraîcheur des noms, et que faire quand elle manque.',
  caption: 'Destinations',
  destination: 'Destination',
  type: 'Type',
  typeHint: 'À quoi sert une telle destination',
  allTypes: 'Tous les types',
  state: 'État',
  segments: 'Segments',
  read: 'Lecture',
  search: 'Rechercher des destinations',
  searchHint: 'Nom ou identifiant d’une destination ou d’un client',
  byStatus: 'Destinations par état',
  all: 'Toutes',
  order: 'Triées par nom ; les destinations sans nom viennent à la fin.',
  inactive: 'Désactivée dans Audience Manager',
  states: {
    STALE: 'Relue à la prochaine consultation.',
    FAILING: 'La dernière tentative de lecture a échoué.',
    NEVER: 'Lue à la première consultation.',
    MANUAL: 'Pas d’accès au compte : les noms sont saisis à la main.',
  },
  last: 'lue',
  tried: 'essai',
  next: 'suivante',
  notYet: 'pas encore',
  never: 'pas nécessaire',
  due: 'maintenant',
  unscheduled: 'à la consultation',
  refresh: 'Relire',
  refreshOf: (name) => `Relire : ${name}`,
  refreshing: 'Lecture…',
  refreshed: 'Lue à l’instant.',
  refreshFailed: 'Elle n’a pas pu être lue.',
  example: 'Par exemple :',
  reach: 'Atteint :',
  types: {
    URL: {
      purpose:
        'Appelle une adresse depuis la page, presque au moment des actions du visiteur. Pour des données à transférer immédiatement, afin qu’un partenaire agisse aussitôt.',
      example: 'un site d’achat de billets dont les visiteurs sont reciblés immédiatement.',
      reach: NEW_VISITORS,
    },
    COOKIE: {
      purpose:
        'Écrit un cookie sur la page, presque au moment des actions du visiteur. Pour des données à transférer immédiatement, afin qu’un partenaire agisse aussitôt.',
      example: 'un site d’achat de billets dont les visiteurs sont reciblés immédiatement.',
      reach: NEW_VISITORS,
    },
    SERVER_TO_SERVER: {
      purpose:
        'Envoie des fichiers ou des messages de serveur à serveur. Pour créer une large audience, quand un transfert immédiat n’est pas nécessaire.',
      example: 'une audience réunie en quelques heures ou jours, pour une campagne ultérieure.',
      reach: 'Les nouveaux visiteurs et les précédents. Ils n’ont pas besoin d’être revus.',
    },
    ANALYTICS: {
      purpose: 'Envoie des segments à Adobe Analytics, pour les visiteurs qu’il connaît lui-même.',
      example: null,
      reach: null,
    },
    PEOPLE_BASED: {
      purpose: 'S’adresse à des personnes par des identifiants hachés, plutôt que par cookies ou appareils.',
      example: null,
      reach: null,
    },
    PULL: {
      purpose: 'Rien ne lui est envoyé : le partenaire vient chercher les données dans Audience Manager.',
      example: null,
      reach: null,
    },
    UNKNOWN: {
      purpose:
        'Son type n’a pas encore été lu, ou Audience Manager en indique un que cette passerelle ne connaît pas. Les noms restent consultables.',
      example: null,
      reach: null,
    },
  },
  ids: {
    title: 'Ses identifiants',
    configured: 'selon la configuration',
    none: 'pas encore consultés',
    evidence: 'Ce qu’étaient les identifiants consultés',
    ambiguous: 'ambigus',
    unknown: 'inconnus',
    unclear: 'Clair à partir de 10 trouvés, presque tous d’une sorte.',
    suggestion: 'C’est clair. À écrire dans la configuration, à cette destination :',
    copy: 'Copier la ligne',
  },
  blind: {
    text: 'Votre clé permet de faire relire des destinations, mais pas de les voir. Indiquez celle qui doit être relue.',
  },
  nothing: {
    title: 'Il n’y a pas de destination ici',
    text: 'Votre clé n’en voit peut-être aucune, ou la configuration de la passerelle n’en nomme aucune. La personne qui gère la passerelle le sait.',
    filtered: 'Aucune destination ne correspond',
    clear: 'Afficher toutes les destinations',
  },
};
