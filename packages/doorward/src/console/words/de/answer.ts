import type { answer as english } from '../en/answer.ts'
import { counter } from '../plural.ts'

const minutes = counter('de', { one: 'Minute', other: 'Minuten' })

export const answer: typeof english = {
  title: 'Antwort hinübertragen',
  badge: 'Erlaubt',
  lead: (seconds: number) =>
    `Fügen Sie sie innerhalb von ${minutes(Math.round(seconds / 60))} auf dem Rechner ein, auf dem Sie begonnen haben. Sie gilt einmal.`,
  caution:
    'Fügen Sie sie nirgendwo anders ein. Wer sie hat und dies an Ihrer Stelle begonnen hat, kommt in Ihr Konto: Kein Support, keine Webseite und kein Chat braucht sie.',
  paste: 'Wenn die Anwendung nach der Adresse aus dem Browser oder nach dem Code fragt, fügen Sie diese Adresse ein',
  pasteWhat: 'die Adresse mit der Antwort',
  command: 'Sonst führen Sie dies auf jenem Rechner in einem zweiten Terminal aus, während die Anwendung noch wartet',
  commandWhat: 'den Befehl',
  done: 'Die Anwendung macht von selbst weiter. Danach können Sie diese Seite schließen.',
}
