import { type Html, html } from '../../html.ts'
import type { accounts as english } from '../en/accounts.ts'

export const accounts: typeof english = {
  title: 'Choisir un compte',
  another: 'ou un autre compte',
  signOut: 'Se déconnecter',
  signOutOf: (email: string) => `Se déconnecter de ${email}`,
  change: (email: Html) => html`Utiliser plutôt ${email}`,
}
