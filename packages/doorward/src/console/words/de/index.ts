import type { en } from '../en/index.ts'
import { accountNav } from './account-nav.ts'
import { accounts } from './accounts.ts'
import { admin } from './admin.ts'
import { adminClients } from './admin-clients.ts'
import { adminDone } from './admin-done.ts'
import { adminEvents } from './admin-events.ts'
import { adminForms } from './admin-forms.ts'
import { adminOverview } from './admin-overview.ts'
import { adminPeople } from './admin-people.ts'
import { adminRules } from './admin-rules.ts'
import { adminServer } from './admin-server.ts'
import { adminTrace } from './admin-trace.ts'
import { answer } from './answer.ts'
import { approval } from './approval.ts'
import { client } from './client.ts'
import { common } from './common.ts'
import { connections } from './connections.ts'
import { consent } from './consent.ts'
import { device } from './device.ts'
import { errors } from './errors.ts'
import { groups } from './groups.ts'
import { home } from './home.ts'
import { ownClients } from './own-clients.ts'
import { problem } from './problem.ts'
import { resourceChoice } from './resource-choice.ts'
import { signIn } from './sign-in.ts'
import { ways } from './ways.ts'

/** Deutsch: every word of `en`. */
export const de: typeof en = {
  /** BCP 47. */
  lang: 'de',
  answer,
  approval,
  client,
  accountNav,
  accounts,
  common,
  connections,
  consent,
  device,
  errors,
  home,
  ownClients,
  problem,
  resourceChoice,
  groups,
  admin,
  adminClients,
  adminDone,
  adminEvents,
  adminForms,
  adminOverview,
  adminPeople,
  adminRules,
  adminServer,
  adminTrace,
  signIn,
  ways,
}
