import type { Texts } from '../texts.js';

/** Texts of what surrounds the views, in French. */
export const shell: Texts['shell'] = {
  name: 'Noms de segments',
  skip: 'Aller au contenu',
  navigation: 'Vues',
  home: 'Noms de segments, accueil',
  menu: 'Menu',
  lookUp: 'Identifier',
  search: 'Rechercher',
  destinations: 'Destinations',
  load: 'Charger un fichier',
  imports: 'Imports',
  explorer: 'API',
  language: 'Langue',
  signedInAs: (name) => `Connecté en tant que ${name}`,
  signOut: 'Se déconnecter',
  starting: 'Connexion à la passerelle…',
  offline:
    'Cet appareil est hors ligne. Les données affichées peuvent être anciennes. Ce qui n’a pas pu être lu sera redemandé au retour du réseau.',
  gone: 'La passerelle ne répond pas. Elle redémarre peut-être. Votre saisie est conservée, et ce qui n’a pas pu être lu sera redemandé à son retour.',
  back: 'La passerelle est de retour.',
  missing: {
    title: 'Cette page n’existe pas',
    text: 'L’adresse est peut-être incomplète, ou ce qu’elle désigne a été supprimé.',
    start: 'Identifier des segments',
  },
  broken: {
    title: 'Une erreur s’est produite dans cette page',
    text: 'C’est un défaut de la page ; vous n’y êtes pour rien. La recharger suffit le plus souvent.',
    reload: 'Recharger la page',
    details: 'Détails pour le support',
  },
  notLoaded: {
    title: 'Cette vue n’a pas pu être chargée',
    text: 'Rechargez la page. Si cela ne suffit pas, prévenez la personne qui gère la passerelle.',
  },
  updated: {
    title: 'La passerelle a été mise à jour',
    text: 'Cette page date d’avant la mise à jour. Rechargez-la pour continuer.',
  },
};
