import type { Texts } from '../texts.js';

/** What went wrong, and what a person can do about it, in French. */
export const problems: Texts['problems'] = {
  offline: {
    title: 'Cet appareil est hors ligne',
    remedy: 'Vérifiez le réseau. La page reprendra d’elle-même à son retour.',
  },
  gone: {
    title: 'La passerelle ne répond pas',
    remedy: 'Elle redémarre peut-être. La page reprendra d’elle-même ; votre saisie est conservée.',
  },
  rateLimited: {
    title: 'Trop de demandes à la fois',
    remedy: 'La passerelle demande d’attendre un instant. La page réessaie d’elle-même.',
  },
  stopping: {
    title: 'La passerelle est en cours d’arrêt',
    remedy: 'Elle revient d’ordinaire en moins d’une minute. La page réessaie d’elle-même.',
  },
  tooLong: {
    title: 'Le fichier a pris trop de temps',
    remedy:
      'Rien n’en a été importé. Réessayez quand la passerelle sera moins chargée, ou divisez le fichier en plusieurs.',
  },
  signedOut: {
    title: 'Une clé est nécessaire',
    remedy: 'Connectez-vous avec une clé que la passerelle accepte.',
  },
  forbidden: {
    title: 'Vous n’y êtes pas autorisé',
    remedy: 'Demandez l’autorisation à la personne qui gère la passerelle.',
  },
  notFound: {
    title: 'Introuvable',
    remedy: 'L’élément a peut-être été retiré de la configuration, ou votre clé ne permet pas de le voir.',
  },
  input: {
    title: 'Cette demande n’est pas possible',
    remedy: 'Corrigez ce que la passerelle indique ci-dessous.',
  },
  tooLarge: {
    title: 'L’envoi est trop volumineux',
    remedy:
      'La passerelle, ou un serveur placé devant elle, n’accepte pas cette taille. Envoyez-le en plusieurs parties, ou demandez à la personne qui gère la passerelle d’en autoriser davantage.',
  },
  ambiguous: {
    title: 'Cet identifiant désigne plusieurs segments',
    remedy: 'Précisez de quelle sorte d’identifiant il s’agit.',
  },
  upstream: {
    title: 'Audience Manager n’a pas pu être lu',
    remedy:
      'Les noms déjà connus restent affichés. La personne qui gère la passerelle trouvera la raison ci-dessous.',
  },
  storage: {
    title: 'La base de données de la passerelle ne répond pas',
    remedy: 'Les noms restent consultables. Les listes et historiques reviendront avec la base de données.',
  },
  defect: {
    title: 'Une erreur s’est produite dans la passerelle',
    remedy:
      'Réessayez. Si elle persiste, prévenez la personne qui gère la passerelle ; son journal a les détails.',
  },
  byHand: {
    offline: 'Vérifiez le réseau, puis réessayez à son retour. Votre saisie est conservée.',
    gone: 'Elle redémarre peut-être. Réessayez dans une minute ; votre saisie est conservée.',
    rateLimited:
      'La passerelle demande d’attendre un instant. Réessayez ensuite ; votre saisie est conservée.',
    stopping:
      'Elle revient d’ordinaire en moins d’une minute. Réessayez ensuite ; votre saisie est conservée.',
  },
  details: 'Ce que dit la passerelle',
};
