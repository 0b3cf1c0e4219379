import type { accountNav as english } from '../en/account-nav.ts'

export const accountNav: typeof english = {
  label: 'Votre compte',
  connections: 'Connexions',
  'sign-in': 'Identification',
  clients: 'Vos propres applications',
}
