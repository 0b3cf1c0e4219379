import { type Html, html } from '../../html.ts'
import type { errors as english } from '../en/errors.ts'

export const errors: typeof english = {
  title: 'Warum etwas abgelehnt wurde',
  lead: (command: Html) =>
    html`Jeder Fehler trägt den Namen seines Grundes in eckigen Klammern. Hier steht auf Englisch, was jeder bedeutet und was hilft. Wer diesen Server betreibt, sieht mit ${command} und dem Vorgang des Fehlers, was geschehen ist.`,
  situations: 'Situationen',
  helps: 'Was hilft:',
}
