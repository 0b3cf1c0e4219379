import { accountNav } from './account-nav.ts'
import { admin } from './admin.ts'
import { adminClients } from './admin-clients.ts'
import { adminDone } from './admin-done.ts'
import { adminEvents } from './admin-events.ts'
import { adminOverview } from './admin-overview.ts'
import { adminPeople } from './admin-people.ts'
import { adminRules } from './admin-rules.ts'
import { adminServer } from './admin-server.ts'
import { adminTrace } from './admin-trace.ts'
import { common } from './common.ts'
import { connections } from './connections.ts'
import { groups } from './groups.ts'
import { signIn } from './sign-in.ts'

/** Every word on every page, by page. The other languages have its type, so that none can lack a word. */
export const en = {
  /** BCP 47. */
  lang: 'en',
  accountNav,
  common,
  connections,
  groups,
  admin,
  adminClients,
  adminDone,
  adminEvents,
  adminOverview,
  adminPeople,
  adminRules,
  adminServer,
  adminTrace,
  signIn,
}
