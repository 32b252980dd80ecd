import type { Texts } from '../texts.js';

/** Why a destination could not be read, and what helps, in French. */
export const failures: Texts['parts']['failures'] = {
  hostUnknown: {
    reason: 'L’adresse d’Audience Manager est introuvable.',
    remedy: 'La personne qui gère la passerelle vérifie `baseUrl`, `tokenUrl` et le DNS de sa machine.',
  },
  refused: {
    reason: 'L’adresse d’Audience Manager refuse les connexions.',
    remedy:
      'La personne qui gère la passerelle vérifie le port dans `baseUrl` et `tokenUrl`, et les pare-feu.',
  },
  reset: {
    reason: 'La connexion à Audience Manager est interrompue.',
    remedy:
      'La personne qui gère la passerelle vérifie pare-feu et proxys. Si d’autres y accèdent, il suffit d’attendre.',
  },
  timeout: {
    reason: 'Audience Manager ne répond pas à temps.',
    remedy:
      'Attendez. Si cela persiste, la personne qui gère la passerelle vérifie les pare-feu ou augmente `requestTimeout`.',
  },
  serverError: {
    reason: 'Audience Manager est en panne.',
    remedy: 'Rien à faire : la passerelle réessaie d’elle-même.',
  },
  certificateUntrusted: {
    reason: 'La passerelle ne fait pas confiance au certificat présenté.',
    remedy: 'La personne qui gère la passerelle ajoute son autorité de certification à `outbound.ca`.',
  },
  certificateExpired: {
    reason: 'Le certificat présenté à la passerelle n’est pas valide en ce moment.',
    remedy:
      'La personne qui gère la passerelle vérifie l’horloge de sa machine ; sinon, l’hôte doit renouveler son certificat.',
  },
  certificateOfOther: {
    reason: 'Le certificat présenté à la passerelle appartient à un autre hôte.',
    remedy: 'La personne qui gère la passerelle vérifie `baseUrl` et `tokenUrl`.',
  },
  unreachable: {
    reason: 'Audience Manager est injoignable.',
    remedy:
      'La passerelle réessaie d’elle-même. Si cela persiste, la personne qui la gère vérifie réseau, proxy et pare-feu.',
  },
  webPage: {
    reason: 'Une page web arrive au lieu de données.',
    remedy: 'La personne qui gère la passerelle vérifie `baseUrl`, `tokenUrl` et `outbound.proxy`.',
  },
  redirect: {
    reason: 'La passerelle est renvoyée vers une autre adresse, peut-être pour une connexion.',
    remedy:
      'La personne qui gère la passerelle vérifie `baseUrl`, `tokenUrl` et si un proxy demande une connexion.',
  },
  firewall: {
    reason: 'Un pare-feu ou un proxy bloque la passerelle.',
    remedy: 'Faites autoriser la machine de la passerelle par le pare-feu, ou définissez `outbound.proxy`.',
  },
  badResponse: {
    reason: 'La réponse d’Audience Manager est inutilisable.',
    remedy:
      'Les noms déjà connus restent. Si cela persiste, la personne qui gère la passerelle trouvera la raison ci-dessous.',
  },
  forbidden: {
    reason: 'Le client ne nous laisse pas lire cette destination.',
    remedy: 'Demandez au client d’accorder à notre utilisateur le droit de la lire.',
  },
  unknownDestination: {
    reason: 'Le client n’a pas (ou plus) de destination avec cet identifiant.',
    remedy: 'Vérifiez l’identifiant avec le client.',
  },
  clientSecret: {
    reason: 'Notre propre identifiant ou secret de client n’est pas accepté.',
    remedy:
      'La personne qui gère la passerelle corrige `audienceManager.password`. Tous les clients sont concernés.',
  },
  password: {
    reason: 'Le mot de passe du client n’est pas accepté. Il a sans doute expiré ou été changé.',
    remedy:
      'Demandez le nouveau au client. N’essayez pas de mots de passe à la main : cinq erreurs bloquent l’utilisateur.',
  },
  locked: {
    reason: 'L’utilisateur du client est bloqué après trop de mots de passe erronés.',
    remedy: 'Demandez à un administrateur du client de le débloquer. Puis faites relire la destination.',
  },
  logIn: {
    reason: 'Audience Manager n’accepte pas la connexion.',
    remedy: 'Demandez au client si le secret ou le mot de passe a changé. Les détails sont ci-dessous.',
  },
  rateLimited: {
    reason: 'Audience Manager demande à être appelé moins souvent.',
    remedy: 'Attendez. Si cela persiste, la personne qui gère la passerelle réduit `callsPerSecond`.',
  },
  storage: {
    reason: 'La base de données de la passerelle ne répond pas.',
    remedy: 'Les noms restent consultables. La personne qui gère la passerelle s’occupe de la base.',
  },
  other: {
    reason: 'La dernière tentative de lecture a échoué.',
    remedy:
      'La passerelle réessaie d’elle-même. Si cela persiste, la personne qui la gère trouvera la raison ci-dessous.',
  },
};
