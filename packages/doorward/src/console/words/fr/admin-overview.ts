import type { adminOverview as english } from '../en/admin-overview.ts'
import { worded } from '../plural.ts'

export const adminOverview: typeof english = {
  title: 'Vue d’ensemble',
  lead: 'Les deux dernières semaines à cette porte.',
  tiles: {
    waiting: worded('fr', { one: 'application qui vous attend', other: 'applications qui vous attendent' }),
    failed: worded('fr', { one: 'tentative qui a échoué depuis hier', other: 'tentatives qui ont échoué depuis hier' }),
    registrations: worded('fr', { one: 'nouvel enregistrement', other: 'nouveaux enregistrements' }),
    grants: worded('fr', { one: 'consentement donné', other: 'consentements donnés' }),
    refusals: worded('fr', { one: 'refus', other: 'refus' }),
  },
  registrations: 'nouveaux enregistrements',
  grants: 'consentements donnés',
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
