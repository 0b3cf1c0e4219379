import { type Html, html } from '../../html.ts'

export const accounts = {
  title: 'Choose an account',
  another: 'or another account',
  signOut: 'Sign out',
  signOutOf: (email: string) => `Sign out ${email}`,
  change: (email: Html) => html`Use ${email} instead`,
}
