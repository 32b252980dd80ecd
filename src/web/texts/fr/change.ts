import type { Texts } from '../texts.js';

/** What a change did, in French: `of` in a list of many segments, `own` in the history of one. */
export const change: Texts['parts']['change'] = {
  of: {
    CREATED: '{name} a été vu pour la première fois.',
    ENTERED: '{name} a été saisi à la main.',
    RENAMED: '{from} s’appelle désormais {name}.',
    RENAMED_ONLY: 'Un segment s’appelle désormais {name}.',
    DESCRIBED: 'La description de {name} a changé.',
    STATUS_CHANGED: '{name} : l’état a changé.',
    REMOVED: '{name} a été supprimé ou a quitté la liste.',
    RESTORED: '{name} est de nouveau associé.',
  },
  own: {
    CREATED: 'Vu pour la première fois sous le nom {name}.',
    ENTERED: 'Saisi à la main sous le nom {name}.',
    RENAMED: 'Renommé de {from} en {name}.',
    RENAMED_ONLY: 'Renommé en {name}.',
    DESCRIBED: 'La description a changé.',
    STATUS_CHANGED: 'L’état a changé.',
    REMOVED: 'Supprimé, ou absent de la liste.',
    RESTORED: 'De nouveau associé.',
  },
  nameLabel: 'Nom',
  descriptionLabel: 'Description',
  statusLabel: 'État',
  becomes: 'devient',
  nothing: 'aucune',
  byHandBy: 'à la main, {by}',
  byAudienceManager: 'depuis Audience Manager',
  unnamed: (id) => `segment ${id} sans nom`,
};
