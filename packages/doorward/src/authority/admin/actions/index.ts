import { CLIENT_REGISTRATION } from './client-registration.ts'
import { CLIENTS } from './clients.ts'
import { INVITES } from './invites.ts'

/** All that can be governed, by name. Each names the permission that it needs. */
export const ACTIONS = {
  ...CLIENTS,
  ...CLIENT_REGISTRATION,
  ...INVITES,
}

export type ActionName = keyof typeof ACTIONS
