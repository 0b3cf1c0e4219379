import { type Html, html } from '../../html.ts'
import type { common as english } from '../en/common.ts'

export const common: typeof english = {
  reference: 'Vorgang',
  yourAccount: 'Ihr Konto',
  anotherAccount: 'Anderes Konto verwenden',
  answerGoesTo: 'Antwort geht an',
  server: 'MCP-Server',
  copy: 'Kopieren',
  copied: 'Kopiert',
  yes: 'Ja',
  no: 'Nein',
  quoted: (name: Html) => html`„${name}“`,
}
