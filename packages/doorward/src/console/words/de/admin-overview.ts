import type { adminOverview as english } from '../en/admin-overview.ts'
import { worded } from '../plural.ts'

export const adminOverview: typeof english = {
  title: 'Übersicht',
  lead: 'Die letzten zwei Wochen an dieser Tür.',
  tiles: {
    waiting: worded('de', { one: 'Anwendung, die auf Sie wartet', other: 'Anwendungen, die auf Sie warten' }),
    failed: worded('de', {
      one: 'Versuch, der seit gestern gescheitert ist',
      other: 'Versuche, die seit gestern gescheitert sind',
    }),
    registrations: worded('de', { one: 'neue Registrierung', other: 'neue Registrierungen' }),
    grants: worded('de', { one: 'Zustimmung', other: 'Zustimmungen' }),
    refusals: worded('de', { one: 'Ablehnung', other: 'Ablehnungen' }),
  },
  registrations: 'neue Registrierungen',
  grants: 'Zustimmungen',
  registrationsChart: 'Neue Registrierungen je Tag',
  grantsChart: 'Zustimmungen je Tag',
  refusalsChart: 'Ablehnungen nach Grund, je Tag',
  inAll: (count: number, days: number) => `${count} in ${days} Tagen`,
  highest: (count: number) => `die meisten an einem Tag: ${count}`,
  nothing: 'Nichts in diesen Tagen.',
  others: 'andere Gründe',
  failedTitle: 'Zuletzt gescheitert',
  allTraces: 'Alle Versuche',
  noneFailed: 'Seit gestern ist kein Versuch gescheitert.',
}
