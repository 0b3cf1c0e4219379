import type { adminOverview as english } from '../en/admin-overview.ts'

export const adminOverview: typeof english = {
  title: 'Übersicht',
  lead: 'Die letzten zwei Wochen an dieser Tür.',
  waiting: 'Anwendungen, die auf Sie warten',
  failed: 'Versuche, die seit gestern gescheitert sind',
  registrations: 'neue Registrierungen',
  grants: 'Zustimmungen',
  refusals: 'Ablehnungen',
  registrationsChart: 'Neue Registrierungen je Tag',
  grantsChart: 'Zustimmungen je Tag',
  refusalsChart: 'Ablehnungen nach Grund, je Tag',
  inAll: (count: number, days: number) => `${count} in ${days} Tagen`,
  highest: (count: number) => `höchstens an einem Tag: ${count}`,
  nothing: 'Nichts in diesen Tagen.',
  others: 'andere Gründe',
  failedTitle: 'Zuletzt gescheitert',
  allTraces: 'Alle Versuche',
  noneFailed: 'Seit gestern ist kein Versuch gescheitert.',
}
