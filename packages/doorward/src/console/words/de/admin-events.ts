import type { adminEvents as english } from '../en/admin-events.ts'

export const adminEvents: typeof english = {
  title: 'Ereignisse',
  lead: 'Jede Entscheidung, zugelassen oder abgelehnt, mit ihrem Grund. Der Vorgang führt zu der Geschichte, zu der ein Ereignis gehört.',
  time: 'Zeit',
  outcome: 'Ausgang',
  what: 'Was und warum',
  who: 'Wer und wo',
  detail: 'Einzelheiten',
  reference: 'Vorgang',
  allowed: 'Zugelassen',
  refused: 'Abgelehnt',
  none: 'Kein Ereignis ist so.',
  person: 'Person (Kennung)',
  type: 'Art',
}
