import { type Html, html } from '../../html.ts'
import type { errors as english } from '../en/errors.ts'

export const errors: typeof english = {
  title: 'Warum etwas abgelehnt wurde',
  lead: (command: Html) =>
    html`Jeder Fehler trägt den Namen seines Grundes in eckigen Klammern. Jeder Name führt zu dem, was er bedeutet und was hilft. Wer diesen Server betreibt, sieht mit ${command} und dem Vorgang des Fehlers, was geschehen ist.`,
  reference: (command: Html) =>
    html`Wer diesen Server betreibt, sieht mit ${command} und dem Vorgang des Fehlers, was geschehen ist.`,
  helps: 'Was hilft:',
}
