import { type Html, html } from '../../html.ts'
import type { common as english } from '../en/common.ts'

export const common: typeof english = {
  reference: 'Référence',
  yourAccount: 'Votre compte',
  anotherAccount: 'Utiliser un autre compte',
  answerGoesTo: 'Réponse envoyée à',
  server: 'Serveur MCP',
  copy: 'Copier',
  copied: 'Copié',
  yes: 'Oui',
  no: 'Non',
  quoted: (name: Html) => html`« ${name} »`,
}
