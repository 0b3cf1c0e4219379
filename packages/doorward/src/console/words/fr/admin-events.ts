import type { adminEvents as english } from '../en/admin-events.ts'

export const adminEvents: typeof english = {
  title: 'Événements',
  lead: 'Chaque décision, accordée ou refusée, avec sa raison. La référence mène à l’histoire à laquelle un événement appartient.',
  time: 'Heure',
  outcome: 'Issue',
  what: 'Quoi et pourquoi',
  who: 'Qui et où',
  detail: 'Détails',
  reference: 'Référence',
  allowed: 'Accordé',
  refused: 'Refusé',
  none: 'Aucun événement ne correspond.',
  person: 'Personne (identifiant)',
  type: 'Genre',
}
