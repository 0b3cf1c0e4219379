import { ADMISSION_RULES } from './admission-rules.ts'
import { CLIENT_REGISTRATION } from './client-registration.ts'
import { CLIENT_SECRETS } from './client-secrets.ts'
import { CLIENTS } from './clients.ts'
import { EVENTS } from './events.ts'
import { GRANTS } from './grants.ts'
import { INVITES } from './invites.ts'
import { KEYS } from './keys.ts'
import { PEOPLE } from './people.ts'
import { SETTINGS } from './settings.ts'
import { TRACES } from './traces.ts'

/** All that can be governed, by name. Each names the permission that it needs. */
export const ACTIONS = {
  ...CLIENTS,
  ...CLIENT_REGISTRATION,
  ...CLIENT_SECRETS,
  ...PEOPLE,
  ...GRANTS,
  ...INVITES,
  ...ADMISSION_RULES,
  ...SETTINGS,
  ...KEYS,
  ...EVENTS,
  ...TRACES,
}

export type ActionName = keyof typeof ACTIONS
