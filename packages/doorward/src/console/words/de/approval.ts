import { type Html, html } from '../../html.ts'
import type { approval as english } from '../en/approval.ts'

export const approval: typeof english = {
  titleAsked: 'Warten auf einen Betreiber',
  title: 'Zuerst muss ein Betreiber zustimmen',
  leadAsked:
    'Ein Betreiber dieses Servers wurde gefragt. Sie können diese Seite offen lassen: Sobald er zugestimmt hat, geht es von selbst weiter.',
  lead: 'Niemand bürgt für diese Anwendung. Deshalb muss ein Betreiber dieses Servers sie zulassen, bevor Sie sie verbinden können.',
  decline: 'Nicht verbinden',
  ask: 'Betreiber fragen',
  notAnswered: 'Noch keine Antwort.',
  howOperators: (command: Html) => html`Betreiber lassen sie zu mit ${command}.`,
  lookAgain: 'Noch einmal nachsehen',
}
