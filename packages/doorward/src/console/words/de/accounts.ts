import { type Html, html } from '../../html.ts'
import type { accounts as english } from '../en/accounts.ts'

export const accounts: typeof english = {
  title: 'Konto wählen',
  another: 'oder ein anderes Konto',
  signOut: 'Abmelden',
  signOutOf: (email: string) => `${email} abmelden`,
  change: (email: Html) => html`Stattdessen ${email} verwenden`,
}
