import { approvalsPage } from './approvals.ts'
import { clientPage } from './client.ts'
import { clientsPage } from './clients.ts'
import { eventsPage } from './events.ts'
import { grantsPage } from './grants.ts'
import { invitesPage } from './invites.ts'
import { madePage } from './made.ts'
import { overviewPage } from './overview.ts'
import { peoplePage } from './people.ts'
import { personPage } from './person.ts'
import { rulesPage } from './rules.ts'
import { serverPage } from './server.ts'
import { surePage } from './sure.ts'
import { tracePage } from './trace.ts'
import { tracesPage } from './traces.ts'

export const ADMIN_PAGES = {
  approvals: approvalsPage,
  client: clientPage,
  clients: clientsPage,
  events: eventsPage,
  grants: grantsPage,
  invites: invitesPage,
  made: madePage,
  overview: overviewPage,
  people: peoplePage,
  person: personPage,
  rules: rulesPage,
  server: serverPage,
  sure: surePage,
  trace: tracePage,
  traces: tracesPage,
}
