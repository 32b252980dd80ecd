import type { Texts } from '../texts.js';

/** Texts of the view for signing in, in French. */
export const signIn: Texts['signIn'] = {
  title: 'Se connecter',
  intro:
    'Cette passerelle reconnaît ses utilisateurs à une clé. La personne qui la gère vous en a donné une.',
  key: 'Clé ou jeton',
  hint: 'Elle est conservée dans cet onglet jusqu’à sa fermeture, et envoyée à cette passerelle seulement.',
  submit: 'Se connecter',
  checking: 'Vérification…',
  empty: 'Collez votre clé ici.',
  wrong:
    'La passerelle n’accepte pas cette clé. Vérifiez qu’elle a été copiée en entier et qu’elle n’a pas expiré.',
  refused:
    'Votre clé n’est plus acceptée. Elle a peut-être expiré ou été retirée. Connectez-vous avec une autre ; votre travail est conservé.',
  already: (name) => `Vous êtes connecté en tant que ${name}.`,
  notNeeded: 'Cette passerelle ne demande pas de clé.',
  other: 'Se connecter avec une autre clé',
};
