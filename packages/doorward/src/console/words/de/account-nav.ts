import type { accountNav as english } from '../en/account-nav.ts'

export const accountNav: typeof english = {
  label: 'Ihr Konto',
  connections: 'Verbindungen',
  'sign-in': 'Anmeldung',
  clients: 'Eigene Anwendungen',
}
