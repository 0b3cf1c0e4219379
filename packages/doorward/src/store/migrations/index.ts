import { start } from './0001-start.ts'
import { registration } from './0002-registration.ts'
import { senderKey } from './0003-sender-key.ts'
import { standing } from './0004-standing.ts'
import { revokedGrants } from './0005-revoked-grants.ts'
import { authorizationDetails } from './0006-authorization-details.ts'
import { devices } from './0007-devices.ts'
import { groups } from './0008-groups.ts'
import { identities } from './0009-identities.ts'
import { grantLimits } from './0010-grant-limits.ts'
import { rules } from './0011-rules.ts'
import { claims } from './0012-claims.ts'
import type { Migration } from './migration.ts'

/** Forward only, in order; a database remembers how many it has seen. Never change one that was released. */
export const MIGRATIONS: readonly Migration[] = [
  start,
  registration,
  senderKey,
  standing,
  revokedGrants,
  authorizationDetails,
  devices,
  groups,
  identities,
  grantLimits,
  rules,
  claims,
]
