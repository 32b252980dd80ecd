import type { Texts } from '../texts.js';
import { change } from './change.js';
import { failures } from './failures.js';
import { importActs } from './import-acts.js';

/** Texts of the parts that views share, in French. */
export const parts: Texts['parts'] = {
  loading: 'Chargement…',
  showAll: 'Tout afficher',
  showLess: 'Réduire',
  control: (code) => `caractère de contrôle ${code}`,
  noName: 'sans nom',
  copy: 'Copier',
  copied: 'Copié',
  copyFailed: 'Le navigateur n’a pas autorisé la copie.',
  download: 'Télécharger en CSV',
  retry: 'Réessayer',
  retryIn: (seconds) => `Nouvel essai dans ${seconds} s`,
  cancel: 'Annuler',
  customer: 'Client',
  allCustomers: 'Tous les clients',
  destination: 'Destination',
  allDestinations: 'Toutes les destinations',
  pickerHint: 'Tapez pour chercher',
  pickerNothing: 'Rien de ce nom.',
  pickerMore: (count) => `${count} de plus : tapez une partie du nom.`,
  pager: {
    label: 'Pages',
    range: (first, last, total) => `${first}–${last} sur ${total}`,
    first: 'Première page',
    next: 'Page suivante',
    lost: {
      title: 'Cette page de la liste est inconnue',
      text: 'L’adresse est incomplète ou ancienne. La liste commence à la première page.',
    },
  },
  freshness: {
    read: (when) => `lu ${when}`,
    stale: 'périmé',
    byHand: 'saisi à la main',
    never: 'pas encore lu',
  },
  status: {
    ACTIVE: 'Actif',
    INACTIVE: 'Inactif',
    DELETED: 'Supprimé',
    UNKNOWN: 'Inconnu',
  },
  statusMeaning: {
    ACTIVE: 'Le segment est envoyé à la destination.',
    INACTIVE: 'Le segment est associé à la destination, mais n’est pas envoyé en ce moment.',
    DELETED:
      'Le segment n’est plus associé. Son nom est conservé pour les rapports sur des données anciennes.',
    UNKNOWN: 'Audience Manager répond par un état que cette passerelle ne connaît pas.',
  },
  sync: {
    FRESH: 'À jour',
    STALE: 'Périmé',
    FAILING: 'En échec',
    NEVER: 'Pas encore lu',
    MANUAL: 'Saisie manuelle seulement',
  },
  idType: {
    AUTO: 'non précisé',
    MAPPING_ID: 'identifiant de mapping',
    SID: 'identifiant de segment (sid)',
    ALIAS: 'alias',
    VALUE: 'valeur',
    KEY_VALUE: 'clé et valeur',
    URL: 'adresse',
  },
  destinationType: {
    URL: 'URL',
    COOKIE: 'Cookie',
    SERVER_TO_SERVER: 'Serveur à serveur',
    ANALYTICS: 'Adobe Analytics',
    PEOPLE_BASED: 'Basée sur les personnes',
    PULL: 'Récupère elle-même les données',
    UNKNOWN: 'Type inconnu',
  },
  change,
  importActs,
  failures,
  failureDetails: 'Ce que dit la passerelle',
};
