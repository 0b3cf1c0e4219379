import type { adminOverview as english } from '../en/admin-overview.ts'

export const adminOverview: typeof english = {
  title: 'Vue d’ensemble',
  lead: 'Les deux dernières semaines à cette porte.',
  waiting: 'applications qui vous attendent',
  failed: 'tentatives qui ont échoué depuis hier',
  registrations: 'nouveaux enregistrements',
  grants: 'consentements donnés',
  refusals: 'refus',
  registrationsChart: 'Nouveaux enregistrements par jour',
  grantsChart: 'Consentements donnés par jour',
  refusalsChart: 'Refus par raison et par jour',
  inAll: (count: number, days: number) => `${count} en ${days} jours`,
  highest: (count: number) => `au plus en un jour : ${count}`,
  nothing: 'Rien pendant ces jours.',
  others: 'autres raisons',
  failedTitle: 'Échecs récents',
  allTraces: 'Toutes les tentatives',
  noneFailed: 'Aucune tentative n’a échoué depuis hier.',
}
